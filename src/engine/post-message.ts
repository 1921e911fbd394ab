import { AppError } from '../domain/errors.js';
import { PAYLOAD_MAX_BYTES } from '../domain/message.js';
import { PLAIN_STATE, POLL_STATE, textPayload } from '../domain/room.js';
import type { PostMessage, RoomMessagePage } from '../ports/room-store.js';
import type { Engine } from './engine.js';

export interface PostMessageInput extends Omit<PostMessage, 'clientMsgNo' | 'payload' | 'state' | 'widget'> {
  readonly text: string;
  /** The author's own id for the message, under which it can be sent again. */
  readonly clientMsgNo: string | undefined;
  /** Data of a widget that comes with the message. */
  readonly widgetData: Readonly<Record<string, unknown>> | undefined;
}

/** Posts a message in a room and returns it as its author sees it. */
export async function postMessage(engine: Engine, input: PostMessageInput): Promise<RoomMessagePage> {
  const { store, ids } = engine;
  const { text, widgetData, ...message } = input;
  const { communityId, userId, extras, attachments, poll } = message;
  const payload = checkText(text);
  checkSize({ extras, attachments, poll, widgetData });
  const { messageId } = await store.postMessage({
    ...message,
    payload,
    clientMsgNo: message.clientMsgNo ?? ids.newClientMsgNo(),
    state: poll === undefined ? PLAIN_STATE : POLL_STATE,
    widget: widgetData && { id: ids.newClientMsgNo(), metadata: widgetData },
  });
  return store.getRoomMessage({ communityId, userId, messageId });
}

/** The payload of a text that is short enough. */
export function checkText(text: string): Uint8Array {
  const payload = textPayload(text);
  if (payload.byteLength > PAYLOAD_MAX_BYTES) throw tooLarge('text');
  return payload;
}

/** What comes with a message is returned with it in every page, so it is limited like the message itself. */
export function checkSize(parts: Readonly<Record<string, unknown>>): void {
  if (JSON.stringify(parts).length > PAYLOAD_MAX_BYTES) throw tooLarge('what comes with the text');
}

function tooLarge(what: string): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `${what} must be at most ${PAYLOAD_MAX_BYTES} bytes`);
}
