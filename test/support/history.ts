import * as fc from 'fast-check';
import { type ChannelKey, SYSTEM_UID } from '../../src/domain/channel.js';
import { AppError } from '../../src/domain/errors.js';
import { versionAt } from '../../src/domain/version.js';
import type { ChannelSettings, SendMessage, SentMessage, Store } from '../../src/ports/store.js';
import { group, pair, payloadOf } from './chat.js';
import type { FakeClock } from './fake-clock.js';

/*
 * Histories: sequences of commands on few users, few channels and two communities, so that most commands
 * meet something that earlier ones have made. A command holds everything it needs, hence any part of a
 * history is a history, and a failing one shrinks to the few commands that matter.
 */

export const USERS: readonly string[] = ['ann', 'bob', 'cat'];
export const GROUPS: readonly ChannelKey[] = [group('g'), group('h'), group('g', 5)];
export const COMMUNITIES: readonly number[] = [1, 2];

/** Every channel that a user can be in. */
export function channelsOf(uid: string): ChannelKey[] {
  return [...GROUPS, ...[...USERS, SYSTEM_UID].map((peer) => pair(uid, peer))];
}

interface InChannel {
  readonly communityId: number;
  readonly channel: ChannelKey;
}

interface Own extends InChannel {
  readonly uid: string;
}

export type SendCommand = Own & {
  readonly kind: 'send';
  /** Few, so that some come again: the same content is a retry, another one a conflict. */
  readonly clientMsgNo: string;
  readonly text: string;
  readonly redDot: boolean;
  readonly asMember: boolean;
};

export type Command =
  | SendCommand
  | (InChannel & { readonly kind: 'join'; readonly uids: readonly string[] })
  | (InChannel & { readonly kind: 'leave'; readonly uids: readonly string[] })
  | (Own & { readonly kind: 'markRead'; readonly seq: number | undefined })
  | (Own & { readonly kind: 'setUnread'; readonly unread: number })
  | (Own & { readonly kind: 'deleteConversation' })
  | (InChannel & { readonly kind: 'deleteChannel' })
  | (InChannel & { readonly kind: 'putChannel'; readonly settings: Partial<ChannelSettings> })
  | { readonly kind: 'purgeMemberships'; readonly ageMs: number }
  | { readonly kind: 'purgeMessages'; readonly limit: number }
  | { readonly kind: 'moveClock'; readonly ms: number };

const communityId = fc.oneof(
  { weight: 5, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(2) },
);
const user = fc.constantFrom(...USERS);
const channel = fc.constantFrom(...GROUPS);
const uids = fc.uniqueArray(user, { minLength: 1, maxLength: 3 });

function own(sender: fc.Arbitrary<string>): fc.Arbitrary<Own> {
  return fc
    .record({ communityId, uid: sender, index: fc.nat({ max: channelsOf('ann').length - 1 }) })
    .map(({ communityId: id, uid, index }) => ({
      communityId: id,
      uid,
      channel: channelsOf(uid)[index] ?? group('g'),
    }));
}

const sender = fc.oneof({ weight: 9, arbitrary: user }, { weight: 1, arbitrary: fc.constant(SYSTEM_UID) });

const send: fc.Arbitrary<Command> = fc
  .record({
    scope: own(sender),
    number: fc.nat({ max: 11 }),
    isOther: fc.nat({ max: 9 }).map((one) => one === 0),
    redDot: fc.nat({ max: 4 }).map((one) => one > 0),
    asMember: fc.boolean(),
  })
  .map(({ scope: { communityId: id, uid, channel: key }, number, isOther, redDot, asMember }) => ({
    kind: 'send',
    communityId: id,
    uid,
    channel: key,
    clientMsgNo: `no-${number}`,
    // Says where it belongs, so that a leak shows.
    text: `${id}/${key.type}/${key.name}/${isOther ? 'other' : 'text'}`,
    redDot,
    asMember,
  }));

function ownCommand<Kind extends string, More extends object>(
  kind: Kind,
  more: fc.Arbitrary<More>,
): fc.Arbitrary<Own & More & { readonly kind: Kind }> {
  return fc.tuple(own(user), more).map(([scope, rest]) => Object.assign({ kind }, scope, rest));
}

const settings: fc.Arbitrary<Partial<ChannelSettings>> = fc.record(
  { ban: fc.boolean(), large: fc.boolean() },
  { requiredKeys: [] },
);
const count = fc.nat({ max: 4 }).map((unread) => ({ unread }));
const position = fc.option(fc.nat({ max: 9 }), { nil: undefined }).map((seq) => ({ seq }));

/** Writes that people make. */
export const writes: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: send },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('join' as const), communityId, channel, uids }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), communityId, channel, uids }) },
  {
    weight: 3,
    arbitrary: ownCommand('markRead', position),
  },
  { weight: 3, arbitrary: ownCommand('setUnread', count) },
  { weight: 3, arbitrary: ownCommand('deleteConversation', fc.constant({})) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleteChannel'), communityId, channel }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('putChannel'), communityId, channel, settings }) },
);

const purgeMemberships: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('purgeMemberships'),
  ageMs: fc.constantFrom(-100_000, 0, 2000),
});
export const purgeMessages: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('purgeMessages'),
  limit: fc.constantFrom(1, 2, 1000),
});
export const moveClock: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('moveClock'),
  ms: fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.constantFrom(-86_400_000, 86_400_000)),
});

/** Everything that can happen to a store. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: writes },
  { weight: 1, arbitrary: purgeMemberships },
  { weight: 1, arbitrary: purgeMessages },
  { weight: 2, arbitrary: moveClock },
);

export function histories(of: fc.Arbitrary<Command>, maxLength: number): fc.Arbitrary<Command[]> {
  return fc.array(of, { minLength: 1, maxLength, size: 'max' });
}

export interface Target {
  readonly store: Store;
  readonly clock: FakeClock;
}

/** What a command was answered, in a form that can be compared. */
export type Outcome =
  | { readonly kind: 'done'; readonly value: SentMessage | number | undefined }
  | { readonly kind: 'refused'; readonly code: string };

export async function runCommand(target: Target, command: Command): Promise<Outcome> {
  try {
    return { kind: 'done', value: (await run(target, command)) ?? undefined };
  } catch (error) {
    if (error instanceof AppError) return { kind: 'refused', code: error.code };
    throw error;
  }
}

function run({ store, clock }: Target, command: Command): Promise<SentMessage | number | void> {
  switch (command.kind) {
    case 'send':
      return store.sendMessage(toSendMessage(command));
    case 'join':
      return store.addSubscribers(command);
    case 'leave':
      return store.removeSubscribers(command);
    case 'markRead':
      return store.markRead(command);
    case 'setUnread':
      return store.setUnread(command);
    case 'deleteConversation':
      return store.deleteConversation(command);
    case 'deleteChannel':
      return store.deleteChannel(command);
    case 'putChannel':
      return store.putChannel(command);
    case 'purgeMemberships':
      return store.purgeMemberships({ before: versionAt(clock.nowMs() - command.ageMs), limit: 1000 });
    case 'purgeMessages':
      return store.purgeMessages({ limit: command.limit });
    case 'moveClock':
      break;
  }
  clock.move(command.ms);
  return Promise.resolve();
}

function toSendMessage({ uid, text, ...command }: SendCommand): SendMessage {
  return { ...command, fromUid: uid, payload: payloadOf(text), setting: 0, expireSeconds: 0 };
}
