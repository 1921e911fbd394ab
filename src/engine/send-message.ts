import { channelKey, SYSTEM_UID } from '../domain/channel.js';
import { AppError } from '../domain/errors.js';
import { PAYLOAD_MAX_BYTES } from '../domain/message.js';
import type { Engine } from './engine.js';

export interface SendMessageInput {
  readonly communityId: number;
  /** '' is the system sender. */
  readonly fromUid: string;
  readonly channelId: string;
  readonly channelType: number;
  readonly clientMsgNo: string | undefined;
  readonly payload: Uint8Array;
  readonly redDot: boolean;
  readonly setting: number;
  readonly expireSeconds: number;
  /** Whether the message goes into the log. One that does not is answered and forgotten. */
  readonly isStored: boolean;
  /** Whether the sender needs to be a member of the channel. */
  readonly asMember: boolean;
}

export interface SendMessageResult {
  readonly messageId: number;
  /** 0 for a message that is not stored. */
  readonly seq: number;
  readonly clientMsgNo: string;
}

/** Sends a message. When this resolves, the message is durable. */
export async function sendMessage(
  { store, ids }: Engine,
  input: SendMessageInput,
): Promise<SendMessageResult> {
  const { communityId, channelId, channelType, payload, redDot, setting, expireSeconds, asMember } = input;
  requirePayloadSize(payload);
  const clientMsgNo = input.clientMsgNo ?? ids.newClientMsgNo();
  if (!input.isStored) return { messageId: ids.newEphemeralMessageId(), seq: 0, clientMsgNo };
  const fromUid = input.fromUid === '' ? SYSTEM_UID : input.fromUid;
  const { messageId, seq } = await store.sendMessage({
    communityId,
    channel: channelKey(fromUid, channelId, channelType),
    fromUid,
    clientMsgNo,
    payload,
    redDot,
    setting,
    expireSeconds,
    asMember,
  });
  return { messageId, seq, clientMsgNo };
}

/** @throws AppError PAYLOAD_TOO_LARGE */
export function requirePayloadSize(payload: Uint8Array): void {
  if (payload.byteLength <= PAYLOAD_MAX_BYTES) return;
  throw new AppError('PAYLOAD_TOO_LARGE', `payload must be at most ${PAYLOAD_MAX_BYTES} bytes decoded`, {
    field: 'payload',
  });
}
