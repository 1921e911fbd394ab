import { describe, expect, test } from 'vitest';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { NO_VERSION, type Version } from '../../src/domain/version.js';
import { Queries } from '../../src/storage/postgres/queries.js';
import { Chat, group } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { postgresKind } from '../support/postgres-stores.js';

const team = group('team');

describe('numbers', () => {
  test('PG-2: they go out with all digits, in lists too', () => {
    const version = 1_795_295_491_527_999_488;
    expect(String(version)).toBe('1795295491527999500');
    const { values } = new Queries().toQuery({
      text: 'SELECT @one, @many, @none',
      parameters: { one: version, many: [version, 2 ** 62, -1, 0], none: undefined },
      want: 'all',
    });
    expect(values).toEqual([
      '1795295491527999488',
      ['1795295491527999488', '4611686018427387904', '-1', '0'],
      null,
    ]);
  });

  test('PG-2: a parameter that is named twice is sent once, and a text is prepared once', () => {
    const queries = new Queries();
    const statement = {
      text: 'SELECT @b + @a + @b FROM x INDEXED BY y',
      parameters: { a: 1, b: 2 },
      want: 'get',
    } as const;
    const first = queries.toQuery(statement);
    expect(first).toEqual({ name: 'q1', text: 'SELECT $1 + $2 + $1 FROM x', values: ['2', '1'] });
    expect(queries.toQuery(statement)).toEqual(first);
    expect(queries.toQuery({ ...statement, text: 'SELECT 1' })).toMatchObject({ name: 'q2', values: [] });
  });

  test('PG-2, SY-2: a version comes back as it was given out', async () => {
    const clock = new FakeClock();
    await using opened = await postgresKind.open(clock);
    const chat = new Chat(opened.store);
    await chat.send('ann', team);
    const [stored] = await queryOnce<{ version: string }>(
      opened.url,
      'SELECT max(version) AS version FROM messages',
    );
    const page = await chat.list('ann');
    expect(BigInt(page.completeUpTo).toString()).toBe(stored?.version);
    expect((await chat.list('ann', { after: page.completeUpTo })).conversations).toEqual([]);
    const before = (page.completeUpTo - 1024) as Version;
    expect((await chat.list('ann', { after: before })).conversations).toHaveLength(1);
  });
});

describe('texts', () => {
  test('PG-2: they differ when their bytes do', async () => {
    await using opened = await postgresKind.open(new FakeClock());
    const chat = new Chat(opened.store);
    // Composed and decomposed, and two that many locales take for the same.
    const names = ['caf\u00E9', 'cafe\u0301', 'stra\u00DFe', 'strasse', 'A', 'a', '\u{1F600}'];
    for (const name of names) await chat.send('ann', group(name));
    expect((await chat.rows('ann')).map(({ channel }) => channel.name).toSorted()).toEqual(names.toSorted());
    for (const name of names) expect(await chat.lastSeq(group(name))).toBe(1);
    const [row] = await queryOnce<{ names: string[] }>(
      opened.url,
      "SELECT array_agg(name ORDER BY name) AS names FROM channels WHERE name IN ('A', 'a', 'B')",
    );
    expect(row?.names).toEqual(['A', 'a']);
  });

  test('PG-3: one with NUL is refused, in a write and in a question, and only that', async () => {
    await using opened = await postgresKind.open(new FakeClock());
    const { store } = opened;
    const chat = new Chat(store);
    const nul = 'a\0b';
    const outcomes = await Promise.allSettled([
      chat.send('ann', team),
      store.putUser({ communityId: 1, uid: 'bob', name: nul }),
      chat.send('ann', group(nul)),
      chat.send('ann', team),
    ]);
    expect(
      outcomes.map((one) =>
        one.status === 'fulfilled' ? one.status : Reflect.get(Object(one.reason), 'code'),
      ),
    ).toEqual(['fulfilled', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'fulfilled']);
    expect(await chat.lastSeq(team)).toBe(2);
    expect(await store.findUser({ communityId: 1, uid: 'bob' })).toBeUndefined();
    await expect(store.findUser({ communityId: 1, uid: nul })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(store.listConversations({ ...EVERYTHING, uid: nul })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await chat.rows('ann')).toHaveLength(1);
  });

  test('PG-3: bytes of a payload are no text: they come back as they were', async () => {
    await using opened = await postgresKind.open(new FakeClock());
    const chat = new Chat(opened.store);
    await chat.send('ann', team, { text: 'x\0y\uFFFD' });
    const { messages } = await chat.messages('ann', team);
    expect(messages).toHaveLength(1);
    expect(Buffer.from(messages[0]?.payload ?? '').toString()).toContain('\0');
  });
});

const EVERYTHING = {
  communityId: 1,
  after: NO_VERSION,
  known: [],
  onlyUnread: false,
  excludeTypes: [],
  includeDeleted: false,
  messageCount: 0,
  window: { kind: 'all' },
} as const;
