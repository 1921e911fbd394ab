import { describe, expect, test } from 'vitest';
import { purgeTombstones } from '../../../src/engine/purge-tombstones.js';
import { FakeClock } from '../../support/fake-clock.js';
import { startServer, type TestServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import { group, only, person, type Body, type WireConversation } from '../../support/wukong-client.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Bob's list, from oldest to newest: two groups with one and two messages, a person with one, and a person
 * whom he only marked as unread. Not on it: a group without messages, one that he left, and a conversation
 * that he deleted.
 */
async function tellStory({ client }: TestServer): Promise<Map<string, bigint>> {
  await client.makeGroup(group('silent'), ['alice', 'bob']);
  for (const id of ['one', 'two', 'left']) await client.makeGroup(group(id), ['alice', 'bob']);
  await client.say('alice', group('one'), '1');
  await client.say('alice', group('two'), '1');
  await client.say('alice', group('two'), '2');
  await client.say('alice', person('bob'), '1');
  await client.change('setUnread', 'bob', { ...person('marked'), unread: 1 });
  await client.say('alice', group('left'), '1');
  (await client.post('/channel/subscriber_remove', { ...group('left'), subscribers: ['bob'] })).ok();
  await client.say('deleted', person('bob'), '1');
  await client.change('delete', 'bob', person('deleted'));
  const reply = await client.sync({ uid: 'bob' });
  const ids = reply.ok<WireConversation[]>().map(({ channel_id: id }) => id);
  return new Map(ids.map((id, index) => [id, reply.versions[index] ?? 0n]));
}

function cursorAt(versions: ReadonlyMap<string, bigint>, id: string): bigint {
  const version = versions.get(id);
  if (version === undefined) throw new Error(`${id} is not on the list`);
  return version;
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  async function idsOf({ client }: TestServer, more: Body): Promise<string[]> {
    return (await client.list('bob', more)).map(({ channel_id: id }) => id);
  }

  test('WK-4: without a cursor, everything that is listed comes', async () => {
    await using server = await startServer({ kind });
    await tellStory(server);
    expect(await idsOf(server, {})).toEqual(['marked', 'alice', 'two', 'one']);
  });

  test('WK-4: with a version, what has a greater one', async () => {
    await using server = await startServer({ kind });
    const versions = await tellStory(server);
    for (const [id, newer] of [
      ['one', ['marked', 'alice', 'two']],
      ['two', ['marked', 'alice']],
      ['alice', ['marked']],
      ['marked', []],
    ] as const) {
      expect(await idsOf(server, { version: cursorAt(versions, id) }), id).toEqual(newer);
      const justBefore = cursorAt(versions, id) - 1024n;
      expect(await idsOf(server, { version: justBefore }), id).toEqual([...newer, id]);
    }
  });

  test('WK-4: with last_msg_seqs, what is not named, or named with another seq than its last', async () => {
    await using server = await startServer({ kind });
    await tellStory(server);
    for (const [seqs, expected] of [
      ['one:2:1|two:2:2|alice:1:1|marked:1:0', []],
      ['one:2:1|two:2:2', ['marked', 'alice']],
      ['one:2:1|two:2:1', ['marked', 'alice', 'two']],
      ['two:2:0|unknown:2:5|left:2:1|deleted:1:1|silent:2:0', ['marked', 'alice', 'two', 'one']],
      // The name is all three: of another type, it is another channel.
      ['one:1:1|two:3:2|alice:2:1', ['marked', 'alice', 'two', 'one']],
    ] as const) {
      expect(await idsOf(server, { last_msg_seqs: seqs }), seqs).toEqual(expected);
      expect(await idsOf(server, { last_msg_seqs: seqs, version: 0 }), seqs).toEqual(expected);
    }
  });

  test('WK-4: with both, what has a greater version, or is named with another seq than its last', async () => {
    await using server = await startServer({ kind });
    const versions = await tellStory(server);
    for (const [id, seqs, expected] of [
      ['marked', 'one:2:1|two:2:2|alice:1:1', []],
      ['marked', 'one:2:0|two:2:2|alice:1:1', ['one']],
      ['marked', 'two:2:1', ['two']],
      ['two', 'marked:1:0|alice:1:1', ['marked', 'alice']],
      ['two', 'one:2:0', ['marked', 'alice', 'one']],
    ] as const) {
      const body = { version: cursorAt(versions, id), last_msg_seqs: seqs };
      expect(await idsOf(server, body), toText(body)).toEqual(expected);
    }
  });

  test('WK-16: a named seq beyond the last brings the conversation with its newest messages', async () => {
    await using server = await startServer({ kind });
    const versions = await tellStory(server);
    for (const version of [0n, cursorAt(versions, 'marked')]) {
      const seqs = 'one:2:1|two:2:9007199254740991|alice:1:1|marked:1:0';
      const row = only(await server.client.list('bob', { version, last_msg_seqs: seqs, msg_count: 5 }));
      expect(row).toMatchObject({ channel_id: 'two', last_msg_seq: 2, limited: 0 });
      expect(row.messages.map(({ message_seq: seq }) => seq)).toEqual([2, 1]);
    }
  });

  test('SY-3, SY-4: every spelling of a cursor is the same position', async () => {
    const clock = new FakeClock(1_763_756_460_123);
    await using server = await startServer({ kind, clock });
    await server.client.say('alice', person('bob'), 'known');
    const [version = 0n] = (await server.client.sync({ uid: 'bob' })).versions;
    await server.client.say('carol', person('bob'), 'new');

    const digits = String(version);
    const shortest = String(Number(version));
    expect(shortest).not.toBe(digits);
    const exponent = Number(version).toExponential();
    const spellings = [
      digits,
      shortest,
      exponent,
      `${digits}.0`,
      `${digits}e0`,
      exponent.replace('e+', 'E'),
      `${digits}.75`,
      `"${digits}"`,
      `"${shortest}"`,
      `"${version + 1n}"`,
      `"${version + 1023n}"`,
      `"00${digits}"`,
    ];
    const namesAfter = async (spelling: string): Promise<string[]> => {
      const body = `{"uid":"bob","version":${spelling}}`;
      const rows = (await server.client.post('/conversation/sync', body)).ok<WireConversation[]>();
      return rows.map(({ channel_id: id }) => id);
    };
    for (const spelling of spellings) {
      expect([spelling, await namesAfter(spelling)]).toEqual([spelling, ['carol']]);
    }
    for (const before of [`"${version - 1n}"`, `${version - 1024n}`, 'null', '0', '-0', '0.5', '"0"']) {
      expect([before, await namesAfter(before)]).toEqual([before, ['carol', 'alice']]);
    }
    expect(await server.client.list('bob')).toHaveLength(2);
  });

  test('SY-4: what is not on the grid is floored before anything else, also in what comes back', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), '1');
    const [version = 0n] = (await client.sync({ uid: 'bob' })).versions;
    for (const [spelling, floored] of [
      ['0.5', 0n],
      ['1023', 0n],
      ['1025.5', 1024n],
      [`${version - 1024n + 256n}`, version - 1024n],
      [`"${version - 1n}"`, version - 1024n],
    ] as const) {
      const rest = '"include_deleted":1,"last_msg_seqs":"unknown:2:1"';
      const reply = await client.post('/conversation/sync', `{"uid":"bob","version":${spelling},${rest}}`);
      expect([spelling, reply.outcome, reply.versions]).toEqual([spelling, '200', [version, floored]]);
      const page = await client.post('/conversation/sync', `{"uid":"bob","version":${spelling},"page":2}`);
      expect(page.header('x-sync-version')).toBe(String(floored));
    }
  });

  test('SY-8: a cursor beyond the last version and the clock brings everything, to replace what there was', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ kind, clock });
    await tellStory(server);
    const full = await server.client.sync({ uid: 'bob', msg_count: 1 });
    const nowNs = BigInt(clock.nowMs()) * 1_000_000n;

    const future = [`${nowNs + 10_000_000n}`, `"${nowNs + 10_000_000n}"`, `${2n ** 62n}`, '1e19', '1e400'];
    for (const spelled of [...future, `"${'9'.repeat(32)}"`]) {
      const rest = '"msg_count":1,"last_msg_seqs":"one:2:1|two:2:2|unknown:2:1","include_deleted":1';
      const reply = await server.client.post(
        '/conversation/sync',
        `{"uid":"bob","version":${spelled},${rest}}`,
      );
      expect([reply.header('x-sync-reset'), reply.text], spelled).toEqual(['1', full.text]);
      expect(reply.header('x-sync-version')).toBe(full.header('x-sync-version'));
    }
  });

  test('SY-8: a cursor beyond the last version or the clock, but not both, is continued', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ kind, clock });
    const versions = await tellStory(server);

    clock.move(60_000);
    const aheadOfLast = BigInt(clock.nowMs()) * 1_000_000n;
    const ahead = await server.client.sync({ uid: 'bob', version: aheadOfLast });
    expect([ahead.header('x-sync-reset'), ahead.text]).toEqual([null, '[]']);

    clock.move(-DAY_MS);
    const setBack = await server.client.sync({ uid: 'bob', version: cursorAt(versions, 'alice') });
    expect([setBack.header('x-sync-reset'), setBack.versions.length]).toEqual([null, 1]);
  });

  test('SY-9: who asks for deletions that were purged starts over; an old cursor alone is no reason', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ kind, clock });
    const { client } = server;
    await client.makeGroup(group('g'), ['alice', 'bob']);
    const early = (await client.say('alice', group('g'), '1'), await client.sync({ uid: 'bob' })).versions[0];
    clock.move(1000);
    (await client.post('/channel/subscriber_remove', { ...group('g'), subscribers: ['bob'] })).ok();
    clock.move(1000);
    await client.say('alice', person('bob'), 'later');
    const late = (await client.sync({ uid: 'bob' })).versions[0];
    clock.move(40 * DAY_MS);
    expect(await purgeTombstones(server.engine, 30 * DAY_MS)).toBe(1);

    const resetFor = async (body: Body): Promise<string | null> =>
      (await client.sync({ uid: 'bob', ...body })).header('x-sync-reset');
    expect(await resetFor({ version: early, include_deleted: 1 })).toBe('1');
    expect(await resetFor({ version: 1024, include_deleted: true })).toBe('1');
    expect(await resetFor({ version: early })).toBeNull();
    expect(await resetFor({ version: late, include_deleted: 1 })).toBeNull();
    expect(await resetFor({ include_deleted: 1 })).toBeNull();
    expect(await resetFor({ version: 1024, uid: 'alice', include_deleted: 1 })).toBeNull();
  });
});

test('SY-5: a cursor that is negative or no number is refused by its name', async () => {
  await using server = await startServer();
  const bad = [
    '-1',
    '-1e300',
    '-1e400',
    '"-1"',
    '""',
    '" 1"',
    '"1.5"',
    '"1e3"',
    '"0x10"',
    '"x"',
    'true',
    '[]',
    '{}',
  ];
  for (const version of [...bad, '"NaN"', '"١"']) {
    const reply = await server.client.post('/conversation/sync', `{"uid":"bob","version":${version}}`);
    expect([version, reply.outcome]).toEqual([version, '400 INVALID_ARGUMENT version']);
  }
});

function toText(body: Body): string {
  return Object.values(body).map(String).join(' ');
}
