import { AppError, invalidArgument } from '../../domain/errors.js';
import { isVoteComplete } from '../../domain/poll.js';
import type { User } from '../../domain/room.js';
import type { AddPollOption, ListVoters, VotePoll } from '../../ports/room-store.js';
import { toUser, USER_COLUMNS, type UserRow } from './profiles.js';
import { getLiveMessage, touchMessage, type OwnMessage } from './room-access.js';
import { findMessageRow } from './room-messages.js';
import { insertPollOption } from './room-posts.js';
import type { Statements } from './statements.js';
import type { WriteTransaction } from './write-transaction.js';

interface PollRow {
  readonly multipleSelectState: number;
  readonly multipleSelectNo: number;
  readonly allowAddOption: number;
  readonly expiresAtMs: number | null;
}

export function addPollOption(transaction: WriteTransaction, command: AddPollOption): number {
  const { communityId, userId, messageId, text } = command;
  const { message, poll } = getOpenPoll(transaction, command);
  if (!poll.allowAddOption) {
    throw new AppError('PERMISSION_DENIED', 'this poll takes no further options');
  }
  const id = insertPollOption(transaction, { communityId, messageId, userId, text });
  touchMessage(transaction, message, transaction.tick(communityId));
  return id;
}

export function votePoll(transaction: WriteTransaction, command: VotePoll): void {
  const { communityId, userId, messageId } = command;
  const { message, poll } = getOpenPoll(transaction, command);
  const optionIds = [...new Set(command.optionIds)];
  if (!isVoteComplete(poll, optionIds.length)) {
    throw invalidArgument('polls', 'does not name as many options as this poll asks for');
  }
  const place = { communityId, messageId };
  const options = transaction.sql.all<{ id: number }>(
    'SELECT id FROM poll_options WHERE community_id = @communityId AND message_id = @messageId',
    place,
  );
  const known = new Set(options.map(({ id }) => id));
  if (optionIds.some((id) => !known.has(id)))
    throw invalidArgument('polls', 'names an option of another poll');
  const former = transaction.sql.all<{ optionId: number }>(
    `SELECT option_id AS optionId FROM poll_votes
     WHERE community_id = @communityId AND message_id = @messageId AND user_id = @userId`,
    { ...place, userId },
  );
  const isSame =
    former.length === optionIds.length && former.every((row) => optionIds.includes(row.optionId));
  if (isSame) return;
  transaction.sql.run(
    `DELETE FROM poll_votes
     WHERE community_id = @communityId AND message_id = @messageId AND user_id = @userId`,
    { ...place, userId },
  );
  for (const optionId of optionIds) {
    transaction.sql.run('INSERT INTO poll_votes VALUES (@communityId, @messageId, @userId, @optionId)', {
      ...place,
      userId,
      optionId,
    });
  }
  touchMessage(transaction, message, transaction.tick(communityId));
}

interface MessageActor {
  readonly communityId: number;
  readonly userId: number;
  readonly messageId: number;
}

function getOpenPoll(
  transaction: WriteTransaction,
  actor: MessageActor,
): { message: OwnMessage; poll: PollRow } {
  const { communityId, messageId } = actor;
  const message = getLiveMessage(transaction, actor);
  const poll = transaction.sql.get<PollRow>(
    `SELECT multiple_select_state AS multipleSelectState, multiple_select_no AS multipleSelectNo,
       allow_add_option AS allowAddOption, expires_at_ms AS expiresAtMs
     FROM polls WHERE community_id = @communityId AND message_id = @messageId`,
    { communityId, messageId },
  );
  if (!poll) throw new AppError('NOT_FOUND', `message ${messageId} is not a poll`);
  if (poll.expiresAtMs !== null && poll.expiresAtMs <= transaction.nowMs) {
    throw new AppError('CONFLICT', 'this poll has ended');
  }
  return { message, poll };
}

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
