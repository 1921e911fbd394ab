import { Type, type Static } from '@sinclair/typebox';
import type { User } from '../../domain/room.js';
import { constants, NullableText } from './schemas.js';
import { dateText } from './wire-time.js';

/** The states by which the clients tell managers from others. */
const MANAGER_STATE = 1;
const MEMBER_STATE = 4;

const FIXED = constants({ is_owner: false, organisation_name: null });

export const WireUser = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    uuid: Type.String(),
    user_unique_id: Type.String(),
    image_url: Type.String(),
    image_link: Type.String(),
    is_guest: Type.Boolean(),
    state: Type.Integer({ description: '1 manager, 4 member' }),
    custom_title: NullableText,
    roles: Type.Array(Type.Literal('member'), { description: 'some clients know no other role' }),
    created_at: Type.Integer({ description: 'ms since 1970' }),
    updated_at: Type.Integer({ description: 'ms since 1970' }),
    member_since: Type.String(),
    sdk_client_info: Type.Object({
      uuid: Type.String({ description: "the client's own id for the user" }),
      user_unique_id: Type.String(),
      user: Type.Integer(),
      community: Type.Integer(),
      widget_id: Type.String(),
    }),
    ...FIXED.schemas,
  },
  { $id: 'KettleUser' },
);

export function toWireUser(user: User, communityId: number): Static<typeof WireUser> {
  return JSON.parse(toUserJson(user, communityId)) as Static<typeof WireUser>;
}

export function toUserJson(user: User, communityId: number): string {
  const { id, isGuest, isManager, createdAtMs } = user;
  const uid = JSON.stringify(user.uid);
  const imageUrl = JSON.stringify(user.imageUrl ?? '');
  // Who has only been heard of in the other dialect has no name.
  const name = user.name === '' ? uid : JSON.stringify(user.name);
  return (
    `{"id":${id},"name":${name},"uuid":${uid},"user_unique_id":${uid},"image_url":${imageUrl}` +
    `,"image_link":${imageUrl},"is_guest":${isGuest},"state":${isManager ? MANAGER_STATE : MEMBER_STATE}` +
    `,"custom_title":${isManager ? '"Community Manager"' : null},"roles":["member"]` +
    `,"created_at":${createdAtMs},"updated_at":${createdAtMs}` +
    `,"member_since":"Member since ${dateText(createdAtMs)}"` +
    `,"sdk_client_info":{"uuid":${uid},"user_unique_id":${uid},"user":${id},"community":${communityId}` +
    `,"widget_id":""},${FIXED.json}}`
  );
}
