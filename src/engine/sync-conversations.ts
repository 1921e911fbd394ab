import { channelKey, type ChannelKey } from '../domain/channel.js';
import type { LastMsgSeq } from '../domain/last-msg-seqs.js';
import type { Cursor } from '../domain/version.js';
import type { ConversationPage, KnownSeq, Window } from '../ports/store.js';
import type { Engine } from './engine.js';

/** More messages than this are not returned with a conversation. */
export const MAX_MESSAGES_PER_CONVERSATION = 50;

export interface SyncConversations {
  readonly communityId: number;
  readonly uid: string;
  readonly after: Cursor;
  readonly lastMsgSeqs: readonly LastMsgSeq[];
  readonly messageCount: number;
  readonly onlyUnread: boolean;
  readonly excludeTypes: readonly number[];
  readonly includeDeleted: boolean;
  readonly window: Window;
}

/** What one user's client needs to catch up with the server; at once, where that is nothing and is known to be. */
export function syncConversations(
  engine: Engine,
  input: SyncConversations,
): ConversationPage | Promise<ConversationPage> {
  // Written out, since this is what every poll does: to copy the rest of an object takes 2 µs.
  return engine.store.listConversations({
    communityId: input.communityId,
    uid: input.uid,
    after: input.after,
    known: toKnownSeqs(input.uid, input.lastMsgSeqs),
    onlyUnread: input.onlyUnread,
    excludeTypes: input.excludeTypes,
    includeDeleted: input.includeDeleted,
    messageCount: Math.min(input.messageCount, MAX_MESSAGES_PER_CONVERSATION),
    window: input.window,
  });
}

const NONE: readonly KnownSeq[] = [];

/** A channel that is named twice counts with its lower seq: then a message may come twice, but none is missed. */
function toKnownSeqs(uid: string, entries: readonly LastMsgSeq[]): readonly KnownSeq[] {
  if (entries.length === 0) return NONE;
  const known = new Map<string, { channel: ChannelKey; seq: number }>();
  for (const { channelId, channelType, seq } of entries) {
    const channel = channelKey(uid, channelId, channelType);
    const id = `${channel.type}:${channel.name}`;
    const lowest = Math.min(seq, known.get(id)?.seq ?? seq);
    known.set(id, { channel, seq: lowest });
  }
  return [...known.values()];
}
