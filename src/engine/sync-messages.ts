import { channelKey } from '../domain/channel.js';
import type { MessagePage } from '../ports/store.js';
import type { Engine, UserChannel } from './engine.js';

/** More messages than this are not returned at once; `hasMore` tells. */
export const MAX_MESSAGES_PER_PAGE = 1000;

const LAST_SEQ = Number.MAX_SAFE_INTEGER;

export interface SyncMessages extends UserChannel {
  /** Inclusive; 0 is open. */
  readonly startSeq: number;
  /** Exclusive; 0 is open. */
  readonly endSeq: number;
  /** From `startSeq` towards older or newer messages. */
  readonly direction: 'older' | 'newer';
  readonly limit: number;
}

/**
 * A stretch of a channel's log as a client scrolls through it: the `limit` messages nearest to where it
 * starts, ascending. With neither bound given, the newest.
 */
export function syncMessages({ store }: Engine, input: SyncMessages): Promise<MessagePage> {
  const { communityId, uid, startSeq, endSeq, limit } = input;
  const isOpen = startSeq === 0 && endSeq === 0;
  const goesNewer = input.direction === 'newer' && !isOpen;
  return store.listMessages({
    communityId,
    uid,
    channel: channelKey(uid, input.channelId, input.channelType),
    ...(goesNewer
      ? { fromSeq: startSeq, toSeq: endSeq > 0 ? endSeq - 1 : LAST_SEQ }
      : { fromSeq: endSeq + 1, toSeq: startSeq > 0 ? startSeq : LAST_SEQ }),
    keep: goesNewer ? 'oldest' : 'newest',
    limit: Math.min(limit, MAX_MESSAGES_PER_PAGE),
  });
}
