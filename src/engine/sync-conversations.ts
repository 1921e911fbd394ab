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

/** What one user's client needs to catch up with the server. */
export function syncConversations(engine: Engine, input: SyncConversations): Promise<ConversationPage> {
  const { lastMsgSeqs, messageCount, ...query } = input;
  return engine.store.listConversations({
    ...query,
    known: toKnownSeqs(input.uid, lastMsgSeqs),
    messageCount: Math.min(messageCount, MAX_MESSAGES_PER_CONVERSATION),
  });
}

/** A channel that is named twice counts with its lower seq: then a message may come twice, but none is missed. */
function toKnownSeqs(uid: string, entries: readonly LastMsgSeq[]): KnownSeq[] {
  const known = new Map<string, { channel: ChannelKey; seq: number }>();
  for (const { channelId, channelType, seq } of entries) {
    const channel = channelKey(uid, channelId, channelType);
    const id = `${channel.type}:${channel.name}`;
    const lowest = Math.min(seq, known.get(id)?.seq ?? seq);
    known.set(id, { channel, seq: lowest });
  }
  return [...known.values()];
}
