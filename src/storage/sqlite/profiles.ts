import type { Community, User } from '../../domain/room.js';
import type { UserQuery } from '../../ports/room-store.js';
import { COMMUNITY_COLUMNS, type CommunityRow, toCommunity } from '../sql/community-rows.js';
import { toUser, USER_COLUMNS, type UserRow } from '../sql/user-rows.js';
import type { Statements } from './statements.js';

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
