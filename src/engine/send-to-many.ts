import { PERSON_CHANNEL } from '../domain/channel.js';
import { AppError } from '../domain/errors.js';
import { batches } from './batches.js';
import type { Engine } from './engine.js';
import { requirePayloadSize, sendMessage, type SendMessageInput } from './send-message.js';

/** How many are on their way to the store at a time; one request must not fill its queue. */
const BATCH = 500;

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
  const send = async (uid: string): Promise<FailedSend | undefined> => {
    try {
      const channel = { channelId: uid, channelType: PERSON_CHANNEL };
      await sendMessage(engine, { ...message, ...channel, clientMsgNo: undefined, asMember: false });
      return undefined;
    } catch (error) {
      if (error instanceof AppError) return { uid, reason: error.message };
      throw error;
    }
  };
  const failures: (FailedSend | undefined)[] = [];
  for (const batch of batches([...new Set(uids)], BATCH)) {
    failures.push(...(await Promise.all(batch.map(send))));
  }
  return failures.filter((failure) => failure !== undefined);
}
