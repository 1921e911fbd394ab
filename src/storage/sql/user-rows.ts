import type { User } from '../../domain/room.js';

/** The values of USER_COLUMNS, by position. */
export type UserRow = readonly [
  id: number,
  uid: string,
  name: string,
  imageUrl: string | null,
  isGuest: number,
  isManager: number,
  createdAtMs: number,
];

export const USER_COLUMNS = `
  users.id, users.uid, users.name, users.image_url, users.is_guest, users.is_manager, users.created_at_ms`;

export function toUser([id, uid, name, imageUrl, isGuest, isManager, createdAtMs]: UserRow): User {
  return {
    id,
    uid,
    // The other dialect knows users by their uid only.
    name: name === '' ? uid : name,
    imageUrl: imageUrl ?? undefined,
    isGuest: isGuest === 1,
    isManager: isManager === 1,
    createdAtMs,
  };
}
