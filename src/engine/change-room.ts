import type { OpenDirectRoom, RoomPage, UpdateRoom } from '../ports/room-store.js';
import type { Engine } from './engine.js';

/** Changes what is given of a room and returns the room as who changed it sees it. */
export async function updateRoom({ store }: Engine, change: UpdateRoom): Promise<RoomPage> {
  await store.updateRoom(change);
  return store.getRoom(change);
}

/** The direct room with another user, which comes into being when it is first opened. */
export async function openDirectRoom({ store }: Engine, command: OpenDirectRoom): Promise<RoomPage> {
  const roomId = await store.openDirectRoom(command);
  const { communityId, userId } = command;
  return store.getRoom({ communityId, userId, roomId });
}
