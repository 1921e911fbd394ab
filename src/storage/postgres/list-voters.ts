import { AppError } from '../../domain/errors.js';
import type { User } from '../../domain/room.js';
import type { ListVoters } from '../../ports/room-store.js';
import { toUser, USER_COLUMNS, type UserRow } from '../sql/user-rows.js';
import { findMessageRow } from './room-messages.js';
import type { Statements } from './statements.js';

export async function listVoters(
  sql: Statements,
  { communityId, userId, messageId, optionId }: ListVoters,
): Promise<User[]> {
  const place = { communityId, messageId, optionId };
  const [message, option, rows] = await Promise.all([
    findMessageRow(sql, { communityId, userId }, messageId),
    sql.get<{ isAnonymous: number }>(
      `SELECT p.is_anonymous AS "isAnonymous" FROM poll_options AS o
       JOIN polls AS p ON p.community_id = o.community_id AND p.message_id = o.message_id
       WHERE o.community_id = @communityId AND o.message_id = @messageId AND o.id = @optionId`,
      place,
    ),
    sql.values<UserRow>(
      `SELECT ${USER_COLUMNS} FROM poll_votes AS v
       JOIN users ON users.community_id = v.community_id AND users.id = v.user_id
       WHERE v.community_id = @communityId AND v.message_id = @messageId AND v.option_id = @optionId
       ORDER BY users.id`,
      place,
    ),
  ]);
  if (!message) throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
  if (!option) throw new AppError('NOT_FOUND', `there is no option ${optionId} in this poll`);
  return option.isAnonymous ? [] : rows.map(toUser);
}
