import { AppError, invalidArgument } from '../../domain/errors.js';
import { isVoteComplete } from '../../domain/poll.js';
import type { User } from '../../domain/room.js';
import type { AddPollOption, ListVoters, VotePoll } from '../../ports/room-store.js';
import { requirePresent, touch } from './memory-message-writes.js';
import { getUser, toUser } from './memory-profiles.js';
import { getOwnMessage, type OwnMessage } from './memory-room-message.js';
import type { Community, StoredPoll } from './memory-state.js';

interface OwnPoll extends OwnMessage {
  readonly poll: StoredPoll;
}

/** @throws CONFLICT for a deleted message or a poll that has ended; NOT_FOUND where the message is no poll */
function getOpenPoll(
  community: Community,
  { userId, messageId }: AddPollOption | VotePoll,
  nowMs: number,
): OwnPoll {
  const own = getOwnMessage(community, { userId, messageId });
  requirePresent(own);
  const { poll } = own.message;
  if (!poll) throw new AppError('NOT_FOUND', `message ${messageId} is no poll`);
  if (poll.expiresAtMs !== undefined && poll.expiresAtMs <= nowMs) {
    throw new AppError('CONFLICT', 'this poll has ended');
  }
  return { ...own, poll };
}

export function addPollOption(community: Community, command: AddPollOption, nowMs: number): number {
  const { userId, text } = command;
  const own = getOpenPoll(community, command, nowMs);
  if (!own.poll.allowAddOption) throw new AppError('PERMISSION_DENIED', 'this poll takes no more options');
  touch(own, community.tick(nowMs).version);
  const id = community.nextItemId();
  own.poll.options.push({ id, text, userId, voterIds: new Set() });
  return id;
}

export function votePoll(community: Community, command: VotePoll, nowMs: number): void {
  const { userId } = command;
  const own = getOpenPoll(community, command, nowMs);
  const { options } = own.poll;
  const chosen = new Set(command.optionIds);
  if (!isVoteComplete(own.poll, chosen.size)) {
    throw invalidArgument('polls', 'names too many or too few options');
  }
  if ([...chosen].some((optionId) => !options.some(({ id }) => id === optionId))) {
    throw invalidArgument('polls', 'names an option of another poll');
  }
  if (options.every(({ id, voterIds }) => voterIds.has(userId) === chosen.has(id))) return;
  touch(own, community.tick(nowMs).version);
  for (const { id, voterIds } of options) {
    if (chosen.has(id)) voterIds.add(userId);
    else voterIds.delete(userId);
  }
}

export function listVoters(community: Community, query: ListVoters): User[] {
  const { poll } = getOwnMessage(community, query).message;
  const option = poll?.options.find(({ id }) => id === query.optionId);
  if (!poll || !option) throw new AppError('NOT_FOUND', `there is no option ${query.optionId}`);
  if (poll.isAnonymous) return [];
  return [...option.voterIds].toSorted((a, b) => a - b).map((userId) => toUser(getUser(community, userId)));
}
