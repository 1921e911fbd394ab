import type { Community, User } from '../domain/room.js';
import type { Engine } from './engine.js';

export interface InitiateSession {
  readonly apiKeyHash: string;
  /** Undefined: a guest whom nobody knows yet. */
  readonly uid: string | undefined;
  readonly name: string | undefined;
  readonly imageUrl: string | undefined;
  readonly isGuest: boolean | undefined;
}

export interface Session {
  readonly community: Community;
  readonly user: User;
}

/**
 * Lets a user in who comes with his community's API key, and creates him at his first coming. Undefined when
 * no community has that key.
 */
export async function initiateSession(
  { store, ids }: Engine,
  { apiKeyHash, uid, ...profile }: InitiateSession,
): Promise<Session | undefined> {
  const community = await store.findCommunityByKey(apiKeyHash);
  if (community === undefined) return undefined;
  const user = await store.putUser({
    communityId: community.id,
    uid: uid ?? ids.newClientMsgNo(),
    ...profile,
  });
  return { community, user };
}
