import { SYSTEM_UID } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import type { Community, User } from '../../domain/room.js';
import type { PutUser, SetApiKey, UserQuery } from '../../ports/room-store.js';
import { ensureUserId } from './rows.js';
import type { CreateCommunity } from '../../ports/store.js';
import type { Statements } from './statements.js';
import type { WriteTransaction } from './write-transaction.js';

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

export function findUser(sql: Statements, query: UserQuery): User | undefined {
  const key = 'uid' in query ? 'uid' : 'id';
  const [row] = sql.values<UserRow>(
    `user by ${key}`,
    () => `SELECT ${USER_COLUMNS} FROM users WHERE community_id = @communityId AND ${key} = @${key}`,
    query,
  );
  return row && toUser(row);
}

/** The users of these ids, in the order of ids. */
export function findUsers(
  sql: Statements,
  { communityId }: { readonly communityId: number },
  ids: Iterable<number | null | undefined>,
): User[] {
  const wanted = [...new Set(ids)].filter((id) => typeof id === 'number');
  const rows = sql.values<UserRow>(
    'users',
    () => `
      SELECT ${USER_COLUMNS} FROM json_each(@ids) AS wanted
      CROSS JOIN users ON users.community_id = @communityId AND users.id = wanted.value`,
    { communityId, ids: JSON.stringify(wanted) },
  );
  return rows.map(toUser).toSorted((one, other) => one.id - other.id);
}

export function putUser(transaction: WriteTransaction, command: PutUser): User {
  const { communityId, uid, name, imageUrl, isGuest, isManager } = command;
  const id = ensureUserId(transaction, communityId, uid);
  transaction.sql.run(
    `UPDATE users SET name = coalesce(@name, name), image_url = coalesce(@imageUrl, image_url),
       is_guest = coalesce(@isGuest, is_guest), is_manager = coalesce(@isManager, is_manager)
     WHERE community_id = @communityId AND id = @id`,
    {
      communityId,
      id,
      name: name ?? null,
      imageUrl: imageUrl ?? null,
      isGuest: toBit(isGuest),
      isManager: toBit(isManager),
    },
  );
  const user = findUser(transaction.sql, { communityId, id });
  if (!user) throw new AppError('INTERNAL', `user ${id} is gone`);
  return user;
}

function toBit(flag: boolean | undefined): number | null {
  return flag === undefined ? null : Number(flag);
}

interface CommunityRow {
  readonly id: number;
  readonly name: string;
  readonly imageUrl: string | null;
  readonly purpose: string | null;
}

const COMMUNITY_COLUMNS = 'id, name, image_url AS imageUrl, purpose';

function toCommunity({ id, name, imageUrl, purpose }: CommunityRow): Community {
  return { id, name, imageUrl: imageUrl ?? undefined, purpose: purpose ?? undefined };
}

export function findCommunity(sql: Statements, id: number): Community | undefined {
  const query = `SELECT ${COMMUNITY_COLUMNS} FROM communities WHERE id = @id`;
  const row = sql.get<CommunityRow>(query, { id });
  return row && toCommunity(row);
}

export function findCommunityByKey(sql: Statements, apiKeyHash: string): Community | undefined {
  const query = `SELECT ${COMMUNITY_COLUMNS} FROM communities WHERE api_key_hash = @apiKeyHash`;
  const row = sql.get<CommunityRow>(query, { apiKeyHash });
  return row && toCommunity(row);
}

export function setApiKey({ sql }: WriteTransaction, { communityId, apiKeyHash }: SetApiKey): void {
  const owner = findCommunityByKey(sql, apiKeyHash);
  if (owner && owner.id !== communityId)
    throw new AppError('CONFLICT', 'this is the key of another community');
  sql.run('UPDATE communities SET api_key_hash = @apiKeyHash WHERE id = @communityId', {
    communityId,
    apiKeyHash,
  });
}

export function createCommunity(transaction: WriteTransaction, { name }: CreateCommunity): number {
  const { sql, nowMs } = transaction;
  const id = (sql.get<{ id: number }>('SELECT max(id) AS id FROM communities', {})?.id ?? 0) + 1;
  sql.run('INSERT INTO communities (id, name, created_at_ms) VALUES (@id, @name, @nowMs)', {
    id,
    name,
    nowMs,
  });
  sql.run('INSERT INTO clocks (community_id) VALUES (@id)', { id });
  putUser(transaction, { communityId: id, uid: SYSTEM_UID, name: 'System' });
  return id;
}
