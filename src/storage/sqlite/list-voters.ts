import { AppError } from '../../domain/errors.js';
import type { User } from '../../domain/room.js';
import type { ListVoters } from '../../ports/room-store.js';
import { toUser, USER_COLUMNS, type UserRow } from '../sql/user-rows.js';
import { findMessageRow } from './room-messages.js';
import type { Statements } from './statements.js';

export function listVoters(
  sql: Statements,
  { communityId, userId, messageId, optionId }: ListVoters,
): User[] {
  if (!findMessageRow(sql, { communityId, userId }, messageId))
    throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
  const option = sql.get<{ isAnonymous: number }>(
    `SELECT p.is_anonymous AS isAnonymous FROM poll_options AS o
     CROSS JOIN polls AS p ON p.community_id = o.community_id AND p.message_id = o.message_id
     WHERE o.community_id = @communityId AND o.message_id = @messageId AND o.id = @optionId`,
    { communityId, messageId, optionId },
  );
  if (!option) throw new AppError('NOT_FOUND', `there is no option ${optionId} in this poll`);
  if (option.isAnonymous) return [];
  const rows = sql.values<UserRow>(
    'voters',
    () => `
     SELECT ${USER_COLUMNS} FROM poll_votes AS v
     CROSS JOIN users ON users.community_id = v.community_id AND users.id = v.user_id
     WHERE v.community_id = @communityId AND v.message_id = @messageId AND v.option_id = @optionId
     ORDER BY users.id`,
    { communityId, messageId, optionId },
  );
  return rows.map(toUser);
}
