import { versionRange, type TimeRange } from '../domain/time-range.js';
import type { RoomMessagePage } from '../ports/room-store.js';
import type { Engine } from './engine.js';
import { withOverlap } from './sync-rooms.js';

export interface SyncRoomMessages extends TimeRange {
  readonly communityId: number;
  readonly userId: number;
  readonly roomId: number;
  readonly page: number;
  readonly size: number;
  /** How far below `minMs` to look as well, for clients whose clocks are ahead. */
  readonly overlapSeconds: number;
  /**
   * Whether the client keeps a database: then messages come in the order of their last change, oldest first when
   * it goes on from somewhere. Otherwise in the order in which they were sent.
   */
  readonly isForDatabase: boolean;
  readonly direction: 'ascending' | 'descending';
  readonly excludedStates: readonly number[];
  readonly messageId: number | undefined;
}

/** A page of one room's messages that were changed in a range of time, deleted ones among them. */
export function syncRoomMessages({ store }: Engine, input: SyncRoomMessages): Promise<RoomMessagePage> {
  const { communityId, userId, roomId, page, size, isForDatabase, excludedStates, messageId } = input;
  const updateDirection = input.minMs > 0 ? 'ascending' : 'descending';
  return store.listRoomMessages({
    communityId,
    userId,
    roomId,
    page,
    size,
    range: versionRange(withOverlap(input)),
    order: isForDatabase ? 'updated' : 'created',
    direction: isForDatabase ? updateDirection : input.direction,
    excludedStates,
    messageId,
  });
}
