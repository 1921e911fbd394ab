import type { ChannelKey } from './channel.js';

export const PAYLOAD_MAX_BYTES = 64 * 1024;

/** An entry of a channel's log. */
export interface Message {
  /** Unique in its community, rising, below 2^53. */
  readonly id: number;
  readonly channel: ChannelKey;
  /** 1, 2, 3… within its channel, without holes. */
  readonly seq: number;
  readonly fromUid: string;
  /** The sender's own key for the message; unique per channel and sender. */
  readonly clientMsgNo: string;
  readonly payload: Uint8Array;
  /** Whether it counts as unread for those who did not send it. */
  readonly redDot: boolean;
  /** WuKongIM's bit field, passed on as it came. */
  readonly setting: number;
  /** After how many seconds clients should drop it; 0 is never. Passed on as it came. */
  readonly expireSeconds: number;
  readonly createdAtMs: number;
}
