import { type ChannelKey, pairUids, PERSON_CHANNEL, SYSTEM_UID } from '../../src/domain/channel.js';
import type { Command, Outcome, SendCommand } from './history.js';

interface NaiveMessage {
  readonly seq: number;
  readonly fromUid: string;
  readonly counts: boolean;
}

interface NaiveState {
  isMember: boolean;
  readSeq: number;
  floorSeq: number;
  mark: number;
}

class NaiveChannel {
  readonly log: NaiveMessage[] = [];
  readonly states = new Map<string, NaiveState>();
  /** What was there when the channel was deleted, which no one who joins later sees. */
  floorSeq = 0;
  exists = false;

  get lastSeq(): number {
    return this.log.length;
  }
}

/**
 * What the specification says about membership and unread messages, written down a third time and with no
 * thought of a store: no versions, no cursors, every count taken from the whole log. It is told the commands
 * of a history in their order, and what each was answered. It does not know of purged memberships.
 */
export class NaiveLog {
  readonly #channels = new Map<string, NaiveChannel>();

  note(command: Command, outcome: Outcome): void {
    if (outcome.kind === 'refused' || !('channel' in command)) return;
    const channel = this.#open(command.communityId, command.channel);
    if (command.kind === 'send') this.#send(channel, command, outcome);
    else if (command.kind === 'join') {
      for (const uid of command.uids) join(channel, uid);
      channel.exists = true;
    } else if (command.kind === 'leave') {
      for (const uid of command.uids)
        Object.assign(channel.states.get(uid) ?? {}, { isMember: false, mark: 0 });
    } else if (command.kind === 'deleteChannel') {
      channel.floorSeq = channel.lastSeq;
      channel.exists = false;
    } else if (command.kind === 'putChannel') channel.exists = true;
    else this.#changeOwn(channel, command);
  }

  isMember(communityId: number, channel: ChannelKey, uid: string): boolean {
    return this.#open(communityId, channel).states.get(uid)?.isMember ?? false;
  }

  /** Below and at this the user sees nothing. */
  floorSeq(communityId: number, channel: ChannelKey, uid: string): number {
    return this.#open(communityId, channel).states.get(uid)?.floorSeq ?? 0;
  }

  unread(communityId: number, channel: ChannelKey, uid: string): number {
    const { log, states } = this.#open(communityId, channel);
    const state = states.get(uid);
    return state ? countUnread(log, uid, state).length + state.mark : 0;
  }

  #send(
    channel: NaiveChannel,
    { uid, redDot, channel: key }: SendCommand,
    { value }: { value: unknown },
  ): void {
    const { seq } = value as { seq: number };
    const isRepeated = seq <= channel.lastSeq;
    if (isRepeated) return;
    if (key.type === PERSON_CHANNEL) for (const each of pairUids(key)) join(channel, each);
    else if (!channel.exists && uid !== SYSTEM_UID) join(channel, uid);
    channel.exists = true;
    channel.log.push({ seq, fromUid: uid, counts: redDot });
    const own = channel.states.get(uid);
    if (own?.isMember) own.readSeq = seq;
  }

  #changeOwn(
    channel: NaiveChannel,
    command: Extract<Command, { kind: 'markRead' | 'setUnread' | 'deleteConversation' }>,
  ): void {
    const { uid } = command;
    const isMade =
      command.kind === 'setUnread' && command.unread > 0 && command.channel.type === PERSON_CHANNEL;
    if (isMade) join(channel, uid);
    const state = channel.states.get(uid);
    if (!state?.isMember) return;
    const { lastSeq } = channel;
    if (command.kind === 'markRead') {
      state.readSeq = Math.max(state.readSeq, Math.min(command.seq ?? lastSeq, lastSeq));
      state.mark = 0;
    } else if (command.kind === 'deleteConversation') {
      Object.assign(state, { readSeq: lastSeq, floorSeq: lastSeq, mark: 0 });
    } else {
      state.mark = 0;
      while (countUnread(channel.log, uid, state).length > command.unread) state.readSeq += 1;
      if (command.unread === 0) state.readSeq = lastSeq;
      state.mark = command.unread - countUnread(channel.log, uid, state).length;
    }
  }

  #open(communityId: number, { type, name }: ChannelKey): NaiveChannel {
    const key = `${communityId}/${type}/${name}`;
    const present = this.#channels.get(key) ?? new NaiveChannel();
    this.#channels.set(key, present);
    return present;
  }
}

function join({ states, lastSeq, floorSeq }: NaiveChannel, uid: string): void {
  const former = states.get(uid);
  if (former?.isMember) return;
  const kept = Math.max(former?.floorSeq ?? 0, floorSeq);
  states.set(uid, { isMember: true, readSeq: lastSeq, floorSeq: kept, mark: 0 });
}

function countUnread(log: readonly NaiveMessage[], uid: string, state: NaiveState): NaiveMessage[] {
  return log.filter(
    ({ seq, fromUid, counts }) => seq > state.readSeq && seq > state.floorSeq && fromUid !== uid && counts,
  );
}
