import { AppError } from '../domain/errors.js';
import { ANNOUNCEMENT_ROOM, type User } from '../domain/room.js';
import type { CreateRoom, RoomPage } from '../ports/room-store.js';
import type { Engine } from './engine.js';

export interface CreateRoomInput extends Omit<CreateRoom, 'channelId' | 'clientMsgNo' | 'userId'> {
  readonly creator: User;
  /** Members by their numeric ids, beside those in `memberUids`. */
  readonly memberIds: readonly number[];
}

/** Creates a room and returns it as its creator sees it. Announcement rooms are made by managers. */
export async function createRoom({ store, ids }: Engine, input: CreateRoomInput): Promise<RoomPage> {
  const { creator, memberIds, ...room } = input;
  if (room.roomType === ANNOUNCEMENT_ROOM && !creator.isManager) {
    throw new AppError('PERMISSION_DENIED', 'only managers make announcement rooms', { field: 'type' });
  }
  const { communityId } = room;
  const found = await Promise.all(memberIds.map((id) => store.findUser({ communityId, id })));
  const named = found.map((user, index) => {
    if (user === undefined) throw new AppError('INVALID_ARGUMENT', `there is no user ${memberIds[index]}`);
    return user.uid;
  });
  const userId = creator.id;
  const roomId = await store.createRoom({
    ...room,
    userId,
    memberUids: [...new Set([...room.memberUids, ...named])],
    channelId: ids.newClientMsgNo(),
    clientMsgNo: ids.newClientMsgNo(),
  });
  return store.getRoom({ communityId, userId, roomId });
}
