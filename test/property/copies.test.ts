import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoomStore } from '../../src/ports/room-store.js';
import type { Store } from '../../src/ports/store.js';
import { BATCH_ROWS } from '../../src/storage/digest-table.js';
import { Chat, group } from '../support/chat.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import {
  type CopyHooks,
  type CopyPlace,
  type CopyPlaceName,
  type ReportedCopy,
  copyReported,
  copyRoutes,
  openAt,
  openPlace,
} from '../support/copy-places.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Command, COMMUNITIES, commands, runCommand, USERS } from '../support/history.js';
import { RoomChat } from '../support/room-chat.js';
import { anyStep, askEverything, begin, outcomeOf, type Step } from '../support/room-history.js';

const team = group('team');

interface History {
  readonly steps: readonly Step[];
  readonly commands: readonly Command[];
}

const histories: fc.Arbitrary<History> = fc.record({
  steps: fc.array(anyStep, { maxLength: 30, size: 'max' }),
  commands: fc.array(commands, { maxLength: 60, size: 'max' }),
});

/** Makes a store in which both dialects have been at work, in two communities. */
async function fill(db: string, history: History): Promise<void> {
  const clock = new FakeClock();
  await using opened = await openAt(db, clock);
  const { store } = opened;
  const side = { rooms: new RoomChat(store), clock };
  for (const id of COMMUNITIES.slice(1)) await store.createCommunity({ name: `community ${id}` });
  await begin(side);
  for (const { run } of history.steps) await outcomeOf(run(side));
  for (const command of history.commands) await runCommand({ store, clock }, command);
  // What is asked below makes users where there are none.
  await askAll(store, clock);
}

/** Whatever anybody gets to see. */
async function askAll(store: Store & RoomStore, clock: FakeClock): Promise<unknown> {
  const answers = [await askEverything({ rooms: new RoomChat(store), clock })];
  for (const id of COMMUNITIES) {
    const chat = new Chat(store, id);
    for (const uid of USERS) answers.push(await chat.list(uid, { includeDeleted: true, messageCount: 50 }));
  }
  return answers;
}

async function askAt(db: string): Promise<unknown> {
  const clock = new FakeClock();
  await using opened = await openAt(db, clock);
  return await askAll(opened.store, clock);
}

describe.each(copyRoutes)('a copy from %s to %s', (fromName, toName) => {
  test(
    'OP-15, OP-17: of every history, it answers everybody as the original does, and so does a copy of it',
    { timeout: PROPERTY_TIMEOUT_MS },
    () =>
      checkProperty(
        fc.asyncProperty(histories, async (history) => {
          await using pair = await openEmptyPair(fromName, toName);
          const { original, there, from } = pair;
          const back = await from.newDatabase();
          await fill(original, history);
          const answers = await askAt(original);
          const { digest, tables } = await copyReported(original, there);
          expect((await copyReported(there, back)).digest).toBe(digest);
          expect(tables.find(({ name }) => name === 'users')?.rows).toBeGreaterThan(4);
          expect(await askAt(there)).toEqual(answers);
          expect(await askAt(back)).toEqual(answers);
        }),
        { runs: 6 },
      ),
  );

  test('OP-15: a cursor from before goes on, with what is new and nothing else', async () => {
    await using pair = await openEmptyPair(fromName, toName);
    const { original, there } = pair;
    await fill(original, { steps: [], commands: [] });
    await using before = await openAt(original, new FakeClock());
    const after = await new Chat(before.store).position('bob');
    await copyReported(original, there);

    await using opened = await openAt(there, new FakeClock());
    const chat = new Chat(opened.store);
    expect(await chat.list('bob', { after })).toMatchObject({ conversations: [], completeUpTo: after });
    const first = await new Chat(before.store).send('ann', group('g1'), { clientMsgNo: 'once' });
    const sent = await chat.send('ann', group('g1'), { clientMsgNo: 'once' });
    // Ids and seqs go on where the original would have gone on.
    expect(sent).toMatchObject({ messageId: first.messageId, seq: first.seq });
    expect(await chat.names('bob', { after })).toEqual(['g1']);
    const created = await opened.store.createCommunity({ name: 'next' });
    expect(created).toBe(COMMUNITIES.length + 1);
  });

  test('OP-15: every integer of 64 bits, every byte and every text arrives as it was', async () => {
    await using pair = await openEmptyPair(fromName, toName);
    const { original, there, from, to } = pair;
    const back = await from.newDatabase();
    const payload = Buffer.from(Array.from({ length: 256 }, (_item, index) => index));
    {
      await using opened = await openAt(original, new FakeClock());
      const chat = new Chat(opened.store);
      await chat.send('ann', team, { payload });
      await chat.send('ann', team, { payload: new Uint8Array(0) });
      await opened.store.putUser({ communityId: 1, uid: 'ann', name: `"{},'\\\n\t NULL 😀 é e\u0301` });
    }
    await from.execute(
      original,
      `UPDATE messages SET created_at_ms = 9007199254740993, version = 4611686018427386880;
       UPDATE users SET created_at_ms = 9223372036854775807, purged_version = -9223372036854775807;
       UPDATE clocks SET last_version = 4611686018427386880`,
    );
    const { digest } = await copyReported(original, there);
    // A digest of numbers that were rounded on both sides would be the same for both.
    await to.execute(there, 'UPDATE messages SET created_at_ms = created_at_ms + 1');
    expect((await copyReported(there, back)).digest).not.toBe(digest);
    await from.execute(back, 'UPDATE messages SET created_at_ms = created_at_ms - 1');
    expect((await copyReported(back, await to.newDatabase())).digest).toBe(digest);
    await using opened = await openAt(there, new FakeClock());
    const { messages } = await new Chat(opened.store).messages('ann', team);
    expect(messages.map((message) => Buffer.from(message.payload).toString('hex'))).toEqual([
      payload.toString('hex'),
      '',
    ]);
  });

  test('OP-16: broken off again and again, it goes on where it was, and ends', async () => {
    await using pair = await openPair(fromName, toName);
    const { original, there } = pair;
    let attempts = 0;
    let copied: ReportedCopy | undefined;
    while (copied === undefined) {
      attempts += 1;
      copied = await copyReported(original, there, breakAfter(2)).catch(expectBreak);
    }
    // Eight batches.
    expect(attempts).toBe(4);
    expect(copied.lines[0]).toBe('going on with the copy that was not finished');
    expect(copied.lines).toContain(`messages: ${MESSAGES} rows, ${BATCH_ROWS * 2} of them earlier`);
    expect(await askMembers(there)).toEqual(await askMembers(original));
  });

  test('OP-16: until it is finished, no store opens on it, and nothing is copied from it', async () => {
    await using pair = await openPair(fromName, toName);
    const { original, there, to } = pair;
    await copyReported(original, there, breakAfter(5)).catch(expectBreak);
    const refusal = /a copy into it was not finished: run tidemark copy again/;
    await expect(openAt(there, new FakeClock())).rejects.toThrow(refusal);
    await expect(copyReported(there, await to.newDatabase())).rejects.toThrow(refusal);
    await copyReported(original, there);
    await using opened = await openAt(there, new FakeClock());
    expect(await new Chat(opened.store).lastSeq(team)).toBe(MESSAGES);
  });

  test('OP-16: a source that has changed since is copied from the beginning', async () => {
    await using pair = await openPair(fromName, toName);
    const { original, there } = pair;
    await copyReported(original, there, breakAfter(6)).catch(expectBreak);
    {
      await using opened = await openAt(original, new FakeClock());
      await new Chat(opened.store).markRead('bob', team, 7);
    }
    const { lines } = await copyReported(original, there);
    expect(lines[0]).toBe('the source has changed since: beginning again from nothing');
    expect(lines).toContain(`messages: ${MESSAGES} rows`);
    expect(await askMembers(there)).toEqual(await askMembers(original));
  });

  test('OP-16, OP-17: a change that no clock tells of is found in the end, and the next run begins anew', async () => {
    await using pair = await openPair(fromName, toName);
    const { original, there, from } = pair;
    await copyReported(original, there, breakAfter(6)).catch(expectBreak);
    await from.execute(original, "UPDATE users SET name = 'Anna' WHERE uid = 'ann'");
    const outcome = await copyReported(original, there).catch(String);
    expect(outcome).toContain('users differs after the copy (3 rows, 3 in the copy)');
    await expect(openAt(there, new FakeClock())).rejects.toThrow(/was not finished/);
    const { lines } = await copyReported(original, there);
    expect(lines[0]).toBe('the last copy differed: beginning again from nothing');
    await using opened = await openAt(there, new FakeClock());
    expect(await opened.store.findUser({ communityId: 1, uid: 'ann' })).toMatchObject({ name: 'Anna' });
  });

  test('OP-17: what is written into the source meanwhile is found in the end', async () => {
    await using pair = await openPair(fromName, toName);
    const { original, there, from } = pair;
    const send = async (): Promise<void> => {
      await using opened = await openAt(original, new FakeClock());
      await new Chat(opened.store).send('bob', team, { clientMsgNo: 'meanwhile' });
    };
    await expect(copyReported(original, there, { beforeComparing: send })).rejects.toThrow(
      `channels differs after the copy (1 rows, 1 in the copy): something was written meanwhile`,
    );
    const remove = (): Promise<void> => from.execute(original, 'DELETE FROM messages WHERE seq = 700');
    await expect(copyReported(original, there, { beforeComparing: remove })).rejects.toThrow(
      `messages differs after the copy (${MESSAGES} rows, ${MESSAGES + 1} in the copy)`,
    );
    await copyReported(original, there);
  });

  test('OP-16: a database with anything else in it is left as it is', async () => {
    await using pair = await openPair(fromName, toName);
    const { original, there, from, to } = pair;
    await copyReported(original, there);
    const before = await askMembers(there);
    await expect(copyReported(original, there)).rejects.toThrow(
      '--to names a database that holds data: nothing is overwritten, name an empty one',
    );
    expect(await askMembers(there)).toEqual(before);

    const keyed = await to.newDatabase();
    {
      await using opened = await openAt(keyed, new FakeClock());
      await opened.store.setApiKey({ communityId: 1, apiKeyHash: 'hash' });
    }
    await expect(copyReported(original, keyed)).rejects.toThrow('holds data');

    const other = await from.newDatabase();
    await fill(other, { steps: [], commands: [] });
    const half = await to.newDatabase();
    await copyReported(other, half, breakAfter(5)).catch(expectBreak);
    await expect(copyReported(original, half)).rejects.toThrow(/an unfinished copy of .*finish that one/);
    await copyReported(other, half);
  });
});

/** Three batches. */
const MESSAGES = BATCH_ROWS * 2 + 10;

interface Pair extends AsyncDisposable {
  readonly from: CopyPlace;
  readonly to: CopyPlace;
  readonly original: string;
  readonly there: string;
}

/** Two empty databases. */
async function openEmptyPair(fromName: CopyPlaceName, toName: CopyPlaceName): Promise<Pair> {
  const from = openPlace(fromName);
  const to = openPlace(toName);
  const [original, there] = [await from.newDatabase(), await to.newDatabase()];
  const close = async (): Promise<void> => {
    await from[Symbol.asyncDispose]();
    await to[Symbol.asyncDispose]();
  };
  return { from, to, original, there, [Symbol.asyncDispose]: close };
}

/** A store with so many messages, and a place for its copy. */
async function openPair(fromName: CopyPlaceName, toName: CopyPlaceName): Promise<Pair> {
  const pair = await openEmptyPair(fromName, toName);
  await using opened = await openAt(pair.original, new FakeClock());
  const chat = new Chat(opened.store);
  await chat.join(team, 'ann', 'bob');
  await Promise.all(Array.from({ length: MESSAGES }, () => chat.send('ann', team)));
  return pair;
}

class Break extends Error {}

function breakAfter(batches: number): CopyHooks {
  let left = batches;
  const beforeWrite = (): void => {
    if (left === 0) throw new Break('broken off');
    left -= 1;
  };
  return { beforeWrite };
}

function expectBreak(error: unknown): undefined {
  if (!(error instanceof Break)) throw error;
}

async function askMembers(db: string): Promise<unknown> {
  await using opened = await openAt(db, new FakeClock());
  const chat = new Chat(opened.store);
  return await Promise.all(['ann', 'bob'].map((uid) => chat.list(uid, { messageCount: MESSAGES })));
}
