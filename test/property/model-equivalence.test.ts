import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Version } from '../../src/domain/version.js';
import type { Store } from '../../src/ports/store.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { Chat } from '../support/chat.js';
import { channelsOf, COMMUNITIES, commands, GROUPS, runCommand, USERS } from '../support/history.js';
import { queries, type QueryPick, toQuery, withoutTieOrder } from '../support/queries.js';
import { memoryKind, quickSqlKind } from '../support/stores.js';
import { openWorld } from '../support/world.js';

/** Everything that one reader can ask of a store, in a form that can be compared. */
async function ask(store: Store, pick: QueryPick, versions: readonly Version[]): Promise<unknown> {
  const query = toQuery(pick, versions);
  const { communityId, uid, messageCount } = query;
  const chat = new Chat(store, communityId);
  const channels = channelsOf(uid);
  const named = [...channels, ...channels.slice(0, 2)];
  const [first, second] = pick.known.map(([index]) => channels[index]);
  const channel = first ?? GROUPS[0] ?? channels[0];
  if (!channel) throw new Error('no channel');
  const fromSeq = pick.known[0]?.[1] ?? 1;
  const keep = pick.onlyUnread ? 'oldest' : 'newest';
  const refusal = (error: { code?: string }): unknown => error.code;
  return {
    list: withoutTieOrder(await store.listConversations(query), query),
    find: await chat.find(uid, named, messageCount),
    messages: await chat.messages(uid, channel, { fromSeq, keep, limit: 3 }).catch(refusal),
    all: await chat.messages(uid, second ?? channel).catch(refusal),
    lastSeq: await chat.lastSeq(channel),
    ownLastSeq: await chat.lastSeq(channel, uid).catch(refusal),
  };
}

async function listMembers(store: Store): Promise<string[]> {
  const lists = COMMUNITIES.flatMap((id) =>
    GROUPS.map(async (channel) => (await new Chat(store, id).members(channel)).toSorted().join()),
  );
  return Promise.all(lists);
}

describe('the SQL engine and the model', () => {
  test(
    'ST-2, ST-8, ST-10, ST-15, WK-4, WK-13: every history gives the same answers on both',
    () =>
      checkProperty(
        fc.asyncProperty(
          fc.array(
            fc.record({ command: commands, picks: fc.array(queries, { minLength: 1, maxLength: 3 }) }),
            {
              minLength: 1,
              maxLength: 50,
              size: 'max',
            },
          ),
          async (steps) => {
            await using model = await openWorld(memoryKind);
            await using engine = await openWorld(quickSqlKind);
            const versions: Version[] = [];
            for (const { command, picks } of steps) {
              const [expected, outcome] = [
                await runCommand(model, command),
                await runCommand(engine, command),
              ];
              expect(outcome).toEqual(expected);
              for (const id of COMMUNITIES) versions.push(await model.chat(id).position(USERS[0] ?? ''));
              for (const pick of picks) {
                expect(
                  await ask(engine.store, pick, versions),
                  JSON.stringify(toQuery(pick, versions)),
                ).toEqual(await ask(model.store, pick, versions));
              }
              expect(await listMembers(engine.store)).toEqual(await listMembers(model.store));
            }
          },
        ),
        { runs: 60 },
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'ST-18, SY-1: writes that arrive together end as those that arrive one by one',
    () =>
      checkProperty(
        fc.asyncProperty(
          fc.array(fc.array(commands, { minLength: 1, maxLength: 8 }), {
            minLength: 1,
            maxLength: 8,
            size: 'max',
          }),
          queries,
          async (groups, pick) => {
            await using model = await openWorld(memoryKind);
            await using engine = await openWorld(quickSqlKind);
            const versions: Version[] = [];
            for (const each of groups) {
              // A transaction reads the clock once, so that it is moved in between.
              const moves = each.filter(({ kind }) => kind === 'moveClock');
              const rest = each.filter(({ kind }) => kind !== 'moveClock');
              for (const move of moves)
                await Promise.all([runCommand(model, move), runCommand(engine, move)]);
              const expected: unknown[] = [];
              for (const command of rest) expected.push(await runCommand(model, command));
              expect(await Promise.all(rest.map((command) => runCommand(engine, command)))).toEqual(expected);
              for (const id of COMMUNITIES) versions.push(await model.chat(id).position(USERS[0] ?? ''));
              expect(await ask(engine.store, pick, versions)).toEqual(await ask(model.store, pick, versions));
            }
          },
        ),
        { runs: 60 },
      ),
    PROPERTY_TIMEOUT_MS,
  );
});
