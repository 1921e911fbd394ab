import { Type, type Static } from '@sinclair/typebox';
import type { Community, User } from '../../domain/room.js';
import { CommunitySettings, toWireCommunity, WireCommunity } from './wire-community.js';
import { toWireUser, WireUser } from './wire-user.js';

/** Who is logged in, and where. */
export const WireSession = Type.Object({
  user: WireUser,
  community: Type.Object({ ...WireCommunity.properties, community_settings: CommunitySettings }),
  community_settings: CommunitySettings,
  app_access: Type.Boolean({ description: 'false makes clients forget everything' }),
  has_answers: Type.Boolean(),
});

interface Session {
  readonly community: Community;
  readonly user: User;
}

export function toWireSession({ community, user }: Session): Static<typeof WireSession> {
  return {
    user: toWireUser(user, community.id),
    community: { ...toWireCommunity(community), community_settings: [] },
    community_settings: [],
    app_access: true,
    has_answers: true,
  };
}
