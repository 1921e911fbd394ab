import type { DeleteMessages, EditMessage, RoomMessagePage } from '../ports/room-store.js';
import type { Engine } from './engine.js';
import { checkSize, checkText } from './post-message.js';

export interface EditMessageInput extends Omit<EditMessage, 'payload'> {
  readonly text: string;
}

/** Replaces the text of a message and returns the message as its author sees it. */
export async function editMessage(
  { store }: Engine,
  { text, ...edit }: EditMessageInput,
): Promise<RoomMessagePage> {
  checkSize({ extras: edit.extras });
  await store.editMessage({ ...edit, payload: checkText(text) });
  return store.getRoomMessage(edit);
}

/** Deletes messages, all or none, and returns each as it now looks to who deleted it. */
export async function deleteMessages(
  { store }: Engine,
  deletion: DeleteMessages,
): Promise<RoomMessagePage[]> {
  await store.deleteMessages(deletion);
  const { communityId, userId, messageIds } = deletion;
  return Promise.all(messageIds.map((messageId) => store.getRoomMessage({ communityId, userId, messageId })));
}
