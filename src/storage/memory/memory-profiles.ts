import { AppError } from '../../domain/errors.js';
import type { User } from '../../domain/room.js';
import type { PutUser, SetApiKey, UserQuery } from '../../ports/room-store.js';
import type { Community } from './memory-state.js';

/** The other dialect knows users by their uid only; then that is the name. */
export function toUser(user: User): User {
  return { ...user, name: user.name || user.uid };
}

export function findUser(community: Community | undefined, query: UserQuery): User | undefined {
  const user = 'uid' in query ? community?.users.get(query.uid) : community?.findUserById(query.id);
  return user && toUser(user);
}

/** @throws NOT_FOUND */
export function getUser(community: Community, id: number): User {
  const user = community.findUserById(id);
  if (user) return user;
  throw new AppError('NOT_FOUND', `there is no user ${id}`);
}

/** Takes no version: profiles are no part of any conversation. */
export function putUser(community: Community, command: PutUser, nowMs: number): User {
  const present = community.ensureUser(command.uid, nowMs);
  const user: User = {
    ...present,
    name: command.name ?? present.name,
    imageUrl: command.imageUrl ?? present.imageUrl,
    isGuest: command.isGuest ?? present.isGuest,
    isManager: command.isManager ?? present.isManager,
  };
  community.users.set(command.uid, user);
  return toUser(user);
}

export function setApiKey(communities: Iterable<Community>, { communityId, apiKeyHash }: SetApiKey): void {
  const all = [...communities];
  const community = all.find(({ profile }) => profile.id === communityId);
  if (!community) throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
  if (all.some((other) => other !== community && other.apiKeyHash === apiKeyHash)) {
    throw new AppError('CONFLICT', 'another community has this API key');
  }
  community.apiKeyHash = apiKeyHash;
}
