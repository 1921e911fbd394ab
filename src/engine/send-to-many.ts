import { PERSON_CHANNEL } from '../domain/channel.js';
import { AppError } from '../domain/errors.js';
import type { Engine } from './engine.js';
import { requirePayloadSize, sendMessage, type SendMessageInput } from './send-message.js';

export interface SendToMany extends Omit<
  SendMessageInput,
  'channelId' | 'channelType' | 'clientMsgNo' | 'asMember'
> {
  readonly uids: readonly string[];
}

export interface FailedSend {
  readonly uid: string;
  readonly reason: string;
}

/** Sends one message to each of many users, in each one's person channel. Returns the sends that failed. */
export async function sendToMany(engine: Engine, { uids, ...message }: SendToMany): Promise<FailedSend[]> {
  requirePayloadSize(message.payload);
  const failures = await Promise.all(
    [...new Set(uids)].map(async (uid): Promise<FailedSend | undefined> => {
      try {
        const channel = { channelId: uid, channelType: PERSON_CHANNEL };
        await sendMessage(engine, { ...message, ...channel, clientMsgNo: undefined, asMember: false });
        return undefined;
      } catch (error) {
        if (error instanceof AppError) return { uid, reason: error.message };
        throw error;
      }
    }),
  );
  return failures.filter((failure) => failure !== undefined);
}
