import { AppError } from '../../domain/errors.js';
import type { ListRoomMessages, RoomMessagePage, RoomMessageQuery } from '../../ports/room-store.js';
import type { Own } from './memory-channels.js';
import { getOwnMessage, toRoomMessage } from './memory-room-message.js';
import { findReferenced, getOwn, getRoom, toReferences } from './memory-rooms.js';
import { visibleMessages, type Community, type StoredMessage } from './memory-state.js';

export function listRoomMessages(community: Community, query: ListRoomMessages): RoomMessagePage {
  const own = getOwn(community, query);
  return toMessagePage(community, own, cutPage(visibleMessages(own.channel, own.membership), query));
}

function cutPage(visible: readonly StoredMessage[], query: ListRoomMessages): StoredMessage[] {
  const { messageId, page, size, range, excludedStates } = query;
  if (messageId !== undefined) {
    const message = visible.find(({ id }) => id === messageId);
    if (!message) throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
    return page === 1 ? [message] : [];
  }
  const isShown = ({ updatedVersion, state }: StoredMessage): boolean =>
    updatedVersion <= range.to && !excludedStates.includes(state);
  return visible
    .filter(({ version, updatedVersion }) => version <= range.to && updatedVersion >= range.from)
    .toSorted((a, b) => compare(a, b, { ...query, order: cutOf(query) }))
    .slice((page - 1) * size)
    .filter(isShown)
    .slice(0, size)
    .toSorted((a, b) => compare(a, b, query));
}

/**
 * By what pages are cut. By the last change, upwards, messages would move to the end while pages are turned, and
 * others would take their places: such pages are cut by seq, and each is put in order by itself.
 */
function cutOf({ order, direction }: ListRoomMessages): ListRoomMessages['order'] {
  return direction === 'ascending' ? 'created' : order;
}

function compare(
  a: StoredMessage,
  b: StoredMessage,
  { order, direction }: Pick<ListRoomMessages, 'order' | 'direction'>,
): number {
  const ascending =
    order === 'updated' ? a.updatedVersion - b.updatedVersion || a.seq - b.seq : a.seq - b.seq;
  return direction === 'ascending' ? ascending : -ascending;
}

export function getRoomMessage(community: Community, query: RoomMessageQuery): RoomMessagePage {
  const { message, ...own } = getOwnMessage(community, query);
  return toMessagePage(community, own, [message]);
}

function toMessagePage(community: Community, own: Own, rows: readonly StoredMessage[]): RoomMessagePage {
  const { communityId, userId, roomId } = {
    communityId: community.profile.id,
    userId: own.membership.userId,
    roomId: own.channel.id,
  };
  const { rooms, references: ofRoom } = getRoom(community, { communityId, userId, roomId });
  const [room] = rooms;
  if (!room) throw new AppError('INTERNAL', 'a room without a row');
  const messages = rows.map((message) => toRoomMessage(own, message));
  const repliedTo = findReferenced(
    own,
    messages.map(({ replyToId }) => replyToId),
  );
  const mentioned = [...ofRoom.messages, ...repliedTo];
  const reactions = [...own.channel.reactions];
  return {
    room,
    messages,
    references: toReferences(community, { rooms, messages, mentioned, reactions }),
    roomReactions: reactions,
  };
}
