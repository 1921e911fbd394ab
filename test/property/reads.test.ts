import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChannelKey, pairUids, PERSON_CHANNEL } from '../../src/domain/channel.js';
import type { ConversationJson } from '../../src/domain/conversation-json.js';
import type { Version } from '../../src/domain/version.js';
import type { Message } from '../../src/domain/message.js';
import type { ListConversations, Store } from '../../src/ports/store.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { Chat } from '../support/chat.js';
import {
  channelsOf,
  type Command,
  commands,
  COMMUNITIES,
  histories,
  moveClock,
  type Outcome,
  purgeMessages,
  runCommand,
  USERS,
  writes,
} from '../support/history.js';
import { NaiveLog } from '../support/naive-log.js';
import { queries, toQuery } from '../support/queries.js';
import { quickStoreKinds } from '../support/stores.js';
import { type HistoryWorld, openWorld } from '../support/world.js';
import { readConversation, type ReadConversation } from '../support/read-messages.js';

const ALL_MESSAGES = 50;

/** Without the purging of memberships, which the naive log does not know. */
const plain: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: writes },
  { weight: 1, arbitrary: purgeMessages },
  { weight: 2, arbitrary: moveClock },
);

interface Past {
  readonly outcomes: Outcome[];
  readonly log: NaiveLog;
  /** Of both communities, after each command. */
  readonly versions: Version[];
}

async function live(world: HistoryWorld, history: readonly Command[]): Promise<Past> {
  const past: Past = { outcomes: [], log: new NaiveLog(), versions: [] };
  for (const command of history) {
    const outcome = await runCommand(world, command);
    past.outcomes.push(outcome);
    past.log.note(command, outcome);
    for (const id of COMMUNITIES) past.versions.push(await world.chat(id).position('ann'));
  }
  return past;
}

/** Everything that everyone sees. */
async function seeAll(world: HistoryWorld): Promise<unknown> {
  const seen: unknown[] = [];
  for (const id of COMMUNITIES) {
    for (const uid of USERS) {
      const chat = world.chat(id);
      seen.push(await chat.list(uid, { messageCount: ALL_MESSAGES }), await chat.find(uid, channelsOf(uid)));
    }
  }
  return seen;
}

for (const kind of quickStoreKinds) {
  describe(`reads, ${kind.name}`, () => {
    test(
      'SY-12: a filtered reply is the whole one without what the filter names',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(commands, 40),
            fc.array(queries, { minLength: 10, maxLength: 30 }),
            async (history, picks) => {
              await using world = await openWorld(kind);
              const { versions } = await live(world, history);
              for (const pick of picks) {
                const query: ListConversations = { ...toQuery(pick, versions), window: { kind: 'all' } };
                const { excludeTypes, onlyUnread } = query;
                const whole = await world.store.listConversations({
                  ...query,
                  excludeTypes: [],
                  onlyUnread: false,
                });
                const isKept = (json: ConversationJson): boolean => {
                  const { channel, unread, isDeleted } = readConversation(json, query.uid);
                  return !excludeTypes.includes(channel.type) && (!onlyUnread || isDeleted || unread > 0);
                };
                const filtered = await world.store.listConversations(query);
                expect(filtered).toEqual({ ...whole, conversations: whole.conversations.filter(isKept) });
              }
            },
          ),
          { runs: 40 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-14: writes that are repeated change nothing the second time, at once or later',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(fc.oneof({ weight: 12, arbitrary: writes }, { weight: 1, arbitrary: moveClock }), 40),
            fc.array(
              fc.record({
                times: fc.integer({ min: 1, max: 3 }),
                earlier: fc.array(fc.nat({ max: 39 }), { maxLength: 3 }),
              }),
              {
                minLength: 10,
                maxLength: 20,
              },
            ),
            async (history, picks) => {
              await using once = await openWorld(kind);
              await using often = await openWorld(kind);
              const outcomes: Outcome[] = [];
              for (const [step, command] of history.entries()) {
                outcomes.push(await runCommand(once, command));
                const { times, earlier } = picks[step % picks.length] ?? { times: 1, earlier: [] };
                expect(await runCommand(often, command)).toEqual(outcomes[step]);
                for (let time = 0; time < times && command.kind !== 'moveClock'; time += 1) {
                  expect(await runCommand(often, command)).toEqual(outcomes[step]);
                }
                for (const index of earlier) {
                  const [past, first] = [history[index], outcomes[index]];
                  const isStored = past?.kind === 'send' && first?.kind === 'done';
                  expect(isStored ? await runCommand(often, past) : first).toEqual(first);
                }
                expect(await seeAll(often), command.kind).toEqual(await seeAll(once));
              }
            },
          ),
          { runs: 20 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-15: unread is what the log says, one by one and in the sum, and own sends never raise it',
      () =>
        checkProperty(
          fc.asyncProperty(histories(plain, 50), async (history) => {
            await using world = await openWorld(kind);
            const log = new NaiveLog();
            for (const command of history) {
              const before = await ownUnread(world, command);
              log.note(command, await runCommand(world, command));
              expect(await ownUnread(world, command)).toBeLessThanOrEqual(before);
              for (const id of COMMUNITIES) {
                for (const uid of USERS) {
                  const rows = await world.chat(id).rows(uid);
                  const expected = rows.map(({ channel }) => log.unread(id, channel, uid));
                  expect(rows.map(({ unread }) => unread)).toEqual(expected);
                  const badge = channelsOf(uid)
                    .filter((channel) => log.isMember(id, channel, uid))
                    .reduce((sum, channel) => sum + log.unread(id, channel, uid), 0);
                  expect(rows.reduce((sum, { unread }) => sum + unread, 0)).toBe(badge);
                }
              }
            }
          }),
          { runs: 40 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-16: nobody sees a channel that he is not in, a message below his floor, or another community',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(plain, 40),
            fc.array(queries, { minLength: 10, maxLength: 30 }),
            async (history, picks) => {
              await using world = await openWorld(kind);
              const { log, versions } = await live(world, history);
              for (const pick of picks) {
                const query = { ...toQuery(pick, versions), messageCount: ALL_MESSAGES };
                const shown = await showAll(world.store, query);
                expect(shown.filter((row) => isLeak(log, query, row))).toEqual([]);
                const { conversations } = await world.store.listConversations(query);
                const rows = conversations.map((json) => readConversation(json, query.uid));
                const deleted = rows.filter(({ isDeleted }) => isDeleted);
                const hadBefore = (row: ReadConversation): boolean =>
                  query.known.some(({ channel }) => isSame(channel, row.channel)) ||
                  history.some((command) => mayHavePutIn(command, query, row));
                // Of a deletion the caller learns only the name.
                expect(deleted.filter((row) => !hadBefore(row))).toEqual([]);
              }
            },
          ),
          { runs: 25 },
        ),
      PROPERTY_TIMEOUT_MS,
    );
  });
}

/** How much the sender himself has unread in the channel of a send; nothing for other commands. */
async function ownUnread(world: HistoryWorld, command: Command): Promise<number> {
  if (command.kind !== 'send') return 0;
  const [own] = await world.chat(command.communityId).find(command.uid, [command.channel]);
  return own?.unread ?? 0;
}

type Shown = Pick<ReadConversation, 'channel' | 'messages'>;

/** Everything with content that the caller of a query can get at, in any way. */
async function showAll(store: Store, query: ListConversations): Promise<Shown[]> {
  const { communityId, uid, messageCount } = query;
  const chat = new Chat(store, communityId);
  const { conversations } = await store.listConversations(query);
  const found = await chat.find(uid, channelsOf(uid), messageCount);
  const logs = channelsOf(uid).map(async (channel): Promise<Shown | undefined> => {
    const page = await chat.messages(uid, channel).catch(() => undefined);
    return page && page.messages.length > 0 ? { channel, messages: page.messages } : undefined;
  });
  return [
    ...conversations.map((json) => readConversation(json, uid)).filter(({ isDeleted }) => !isDeleted),
    ...found,
    ...(await Promise.all(logs)),
  ].filter((shown) => shown !== undefined);
}

function isLeak(
  log: NaiveLog,
  { communityId, uid }: ListConversations,
  { channel, messages }: Shown,
): boolean {
  const floorSeq = log.floorSeq(communityId, channel, uid);
  const origin = `${communityId}/${channel.type}/${channel.name}/`;
  const isOwn = ({ seq, payload }: Message): boolean =>
    seq > floorSeq && Buffer.from(payload).toString().startsWith(origin);
  return !log.isMember(communityId, channel, uid) || !messages.every(isOwn);
}

function isSame(one: ChannelKey, other: ChannelKey): boolean {
  return one.type === other.type && one.name === other.name;
}

/** Whether a command may have made the caller a member of the row's channel. */
function mayHavePutIn(
  command: Command,
  { communityId, uid }: ListConversations,
  { channel }: Pick<ReadConversation, 'channel'>,
): boolean {
  if (!('channel' in command) || command.communityId !== communityId) return false;
  if (!isSame(command.channel, channel)) return false;
  if (command.kind === 'join') return command.uids.includes(uid);
  const isPair = channel.type === PERSON_CHANNEL && pairUids(channel).includes(uid);
  return isPair || (command.kind === 'send' && command.uid === uid);
}
