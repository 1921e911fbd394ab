import type { Community, User } from '../../domain/room.js';
import { COMMUNITY_COLUMNS, type CommunityRow, toCommunity } from '../sql/community-rows.js';
import { toUser, USER_COLUMNS, type UserRow } from '../sql/user-rows.js';
import type { Statements } from './statements.js';

/** The users of these ids, in the order of ids. */
export async function findUsers(
  sql: Statements,
  { communityId }: { readonly communityId: number },
  ids: Iterable<number | null | undefined>,
): Promise<User[]> {
  const wanted = [...new Set(ids)].filter((id) => typeof id === 'number');
  const rows = await sql.values<UserRow>(
    `SELECT ${USER_COLUMNS} FROM users
     WHERE community_id = @communityId AND id = ANY (CAST(@ids AS BIGINT[])) ORDER BY id`,
    { communityId, ids: wanted },
  );
  return rows.map(toUser);
}

export async function findCommunity(sql: Statements, id: number): Promise<Community | undefined> {
  const query = `SELECT ${COMMUNITY_COLUMNS} FROM communities WHERE id = @id`;
  const row = await sql.get<CommunityRow>(query, { id });
  return row && toCommunity(row);
}

export async function findCommunityByKey(
  sql: Statements,
  apiKeyHash: string,
): Promise<Community | undefined> {
  const query = `SELECT ${COMMUNITY_COLUMNS} FROM communities WHERE api_key_hash = @apiKeyHash`;
  const row = await sql.get<CommunityRow>(query, { apiKeyHash });
  return row && toCommunity(row);
}
