import { DIRECT_ROOM, HEADER_STATE, MAX_ROOM_TYPE, PLAIN_STATE, POLL_STATE } from '../domain/room.js';
import { versionRange, type TimeRange } from '../domain/time-range.js';
import type { RoomPage } from '../ports/room-store.js';
import type { Engine } from './engine.js';

/** Every room type but direct rooms, which clients list apart. */
const DEFAULT_ROOM_TYPES: readonly number[] = Array.from(
  { length: MAX_ROOM_TYPE + 1 },
  (_, type) => type,
).filter((type) => type !== DIRECT_ROOM);

export interface SyncRooms extends TimeRange {
  readonly communityId: number;
  readonly userId: number;
  readonly page: number;
  readonly size: number;
  /** How far below `minMs` to look as well, for clients whose clocks are ahead. */
  readonly overlapSeconds: number;
  /**
   * Whether the client keeps a database: then rooms are taken and ordered by their last change. Otherwise by their last message.
   */
  readonly isForDatabase: boolean;
  readonly roomTypes: readonly number[] | undefined;
  readonly messageStates: readonly number[] | undefined;
  readonly roomId: number | undefined;
  readonly tag: string | undefined;
}

/** A page of the rooms that a user follows, newest first. */
export function syncRooms({ store }: Engine, input: SyncRooms): Promise<RoomPage> {
  const { communityId, userId, page, size, isForDatabase, roomId, tag } = input;
  return store.listRooms({
    communityId,
    userId,
    page,
    size,
    roomTypes: input.roomTypes ?? defaultRoomTypes(roomId),
    range: versionRange(withOverlap(input)),
    order: isForDatabase ? 'changed' : 'lastMessage',
    messageStates: input.messageStates ?? defaultMessageStates(isForDatabase),
    roomId,
    tag,
  });
}

/** Who asks for one room wants that one, whatever its type. */
function defaultRoomTypes(roomId: number | undefined): readonly number[] {
  return roomId === undefined ? DEFAULT_ROOM_TYPES : [...DEFAULT_ROOM_TYPES, DIRECT_ROOM];
}

function defaultMessageStates(isForDatabase: boolean): readonly number[] {
  return isForDatabase ? [PLAIN_STATE, HEADER_STATE, POLL_STATE] : [PLAIN_STATE, POLL_STATE];
}

/**
 * The range with its lower end moved down. A client that keeps its own clock's time as the next lower bound
 * misses what was written while its clock was ahead; what comes twice instead does no harm.
 */
export function withOverlap({
  minMs,
  maxMs,
  overlapSeconds,
}: TimeRange & { readonly overlapSeconds: number }): TimeRange {
  return { minMs: Math.max(0, minMs - overlapSeconds * 1000), maxMs };
}
