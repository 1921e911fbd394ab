import {
  addSubscribers,
  deleteChannel,
  deleteConversation,
  markRead,
  putChannel,
  removeSubscribers,
  setUnread,
} from './memberships.js';
import { addPollOption, votePoll } from './polls.js';
import { createCommunity, putUser, setApiKey } from './profiles.js';
import { purgeMemberships, purgeMessages } from './purge.js';
import { deleteMessages, editMessage, postMessage, setReaction } from './room-posts.js';
import {
  createRoom,
  markRoomRead,
  openDirectRoom,
  setFollowing,
  setMuted,
  setTopic,
  updateRoom,
} from './rooms.js';
import { sendMessage } from './send-message.js';
import type { Steps } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

/**
 * Every write of the store, by the name of its method. Each takes the transaction that it runs in and its
 * command, which is plain data: so it can be handed to another thread.
 */
export const WRITE_OPERATIONS = {
  addPollOption,
  addSubscribers,
  createCommunity,
  createRoom,
  deleteChannel,
  deleteConversation,
  deleteMessages,
  editMessage,
  markRead,
  markRoomRead,
  openDirectRoom,
  postMessage,
  purgeMemberships,
  purgeMessages,
  putChannel,
  putUser,
  removeSubscribers,
  sendMessage,
  setApiKey,
  setFollowing,
  setMuted,
  setReaction,
  setTopic,
  setUnread,
  updateRoom,
  votePoll,
};

type Operations = typeof WRITE_OPERATIONS;

export type OperationName = keyof Operations;

export type CommandOf<Name extends OperationName> = Parameters<Operations[Name]>[1];

export type ResultOf<Name extends OperationName> =
  ReturnType<Operations[Name]> extends Steps<infer Result> ? Result : never;

/** A write that is to be done. */
export interface WriteRequest<Name extends OperationName = OperationName> {
  readonly operation: Name;
  readonly command: CommandOf<Name>;
}

/** The steps of a write. */
export function perform(transaction: WriteTransaction, { operation, command }: WriteRequest): Steps<unknown> {
  if ('communityId' in command) transaction.requireCommunity(command.communityId);
  // The name has chosen the type of the command, which is lost in the union of all.
  const apply = WRITE_OPERATIONS[operation] as (in_: WriteTransaction, command: unknown) => Steps<unknown>;
  return apply(transaction, command);
}

/** How a write has ended. */
export type Outcome = { readonly result: unknown } | { readonly error: unknown };
