import { Type, type Static } from '@sinclair/typebox';
import type { Community } from '../../domain/room.js';
import { AnyObject, constants, NullableText } from './schemas.js';

const FIXED = constants({ type: null, sub_type: null, is_paid: false });

export const WireCommunity = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    image_url: NullableText,
    purpose: NullableText,
    ...FIXED.schemas,
  },
  { $id: 'KettleCommunity' },
);

export function toWireCommunity(community: Community): Static<typeof WireCommunity> {
  return {
    id: community.id,
    name: community.name,
    image_url: community.imageUrl ?? null,
    purpose: community.purpose ?? null,
    ...FIXED.values,
  };
}

/** None exist here; clients that look one up find it switched off. */
export const CommunitySettings = Type.Array(AnyObject);
