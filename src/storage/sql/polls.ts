import { AppError, invalidArgument } from '../../domain/errors.js';
import { isVoteComplete } from '../../domain/poll.js';
import type { AddPollOption, VotePoll } from '../../ports/room-store.js';
import { getLiveMessage, touchMessage, type OwnMessage } from './room-access.js';
import { insertPollOption } from './room-posts.js';
import { all, get, run, type Steps } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

interface PollRow {
  readonly multipleSelectState: number;
  readonly multipleSelectNo: number;
  readonly allowAddOption: number;
  readonly expiresAtMs: number | null;
}

export function* addPollOption(transaction: WriteTransaction, command: AddPollOption): Steps<number> {
  const { communityId, userId, messageId, text } = command;
  const { message, poll } = yield* getOpenPoll(transaction, command);
  if (!poll.allowAddOption) {
    throw new AppError('PERMISSION_DENIED', 'this poll takes no further options');
  }
  const id = yield* insertPollOption(transaction, { communityId, messageId, userId, text });
  yield* touchMessage(transaction, message, transaction.tick(communityId));
  return id;
}

export function* votePoll(transaction: WriteTransaction, command: VotePoll): Steps<void> {
  const { communityId, userId, messageId } = command;
  const { message, poll } = yield* getOpenPoll(transaction, command);
  const optionIds = [...new Set(command.optionIds)];
  if (!isVoteComplete(poll, optionIds.length)) {
    throw invalidArgument('polls', 'does not name as many options as this poll asks for');
  }
  const place = { communityId, messageId };
  const options = yield* all<{ id: number }>(
    'SELECT id FROM poll_options WHERE community_id = @communityId AND message_id = @messageId',
    place,
  );
  const known = new Set(options.map(({ id }) => id));
  if (optionIds.some((id) => !known.has(id)))
    throw invalidArgument('polls', 'names an option of another poll');
  const former = yield* all<{ optionId: number }>(
    `SELECT option_id AS "optionId" FROM poll_votes
     WHERE community_id = @communityId AND message_id = @messageId AND user_id = @userId`,
    { ...place, userId },
  );
  const isSame =
    former.length === optionIds.length && former.every((row) => optionIds.includes(row.optionId));
  if (isSame) return;
  yield run(
    `DELETE FROM poll_votes
     WHERE community_id = @communityId AND message_id = @messageId AND user_id = @userId`,
    { ...place, userId },
  );
  for (const optionId of optionIds) {
    yield run('INSERT INTO poll_votes VALUES (@communityId, @messageId, @userId, @optionId)', {
      ...place,
      userId,
      optionId,
    });
  }
  yield* touchMessage(transaction, message, transaction.tick(communityId));
}

interface MessageActor {
  readonly communityId: number;
  readonly userId: number;
  readonly messageId: number;
}

function* getOpenPoll(
  transaction: WriteTransaction,
  actor: MessageActor,
): Steps<{ message: OwnMessage; poll: PollRow }> {
  const { communityId, messageId } = actor;
  const message = yield* getLiveMessage(actor);
  const poll = yield* get<PollRow>(
    `SELECT multiple_select_state AS "multipleSelectState", multiple_select_no AS "multipleSelectNo",
       allow_add_option AS "allowAddOption", expires_at_ms AS "expiresAtMs"
     FROM polls WHERE community_id = @communityId AND message_id = @messageId`,
    { communityId, messageId },
  );
  if (!poll) throw new AppError('NOT_FOUND', `message ${messageId} is not a poll`);
  if (poll.expiresAtMs !== null && poll.expiresAtMs <= transaction.nowMs) {
    throw new AppError('CONFLICT', 'this poll has ended');
  }
  return { message, poll };
}
