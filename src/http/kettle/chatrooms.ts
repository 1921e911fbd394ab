import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { SYSTEM_UID } from '../../domain/channel.js';
import { type AppError, invalidArgument } from '../../domain/errors.js';
import { IDENTIFIER_MAX_BYTES } from '../../domain/identifier.js';
import { PAYLOAD_MAX_BYTES } from '../../domain/message.js';
import { DIRECT_ROOM, MAX_ROOM_TYPE, NORMAL_ROOM } from '../../domain/room.js';
import { openDirectRoom, updateRoom } from '../../engine/change-room.js';
import { createRoom } from '../../engine/create-room.js';
import type { RoomPage } from '../../ports/room-store.js';
import { errorReplies } from './error-replies.js';
import type { KettleOptions } from './options.js';
import { flag, id, identifier, identifiers, integer, list, text } from './parameter-kinds.js';
import { getGiven, parameters, required, type Values } from './parameters.js';
import { actorOf } from './reader.js';
import { succeed, success } from './schemas.js';
import { toWireChatroom, WireChatroom } from './wire-chatroom.js';

const MAX_PARTICIPANTS = 1000;
const URL_MAX_BYTES = 2048;
/** Half of what a message may hold: the header is one, and escaped characters take more. */
const HEADER_MAX_BYTES = PAYLOAD_MAX_BYTES / 2;

/** What a room shows of itself. */
const Face = {
  title: identifier('its name'),
  header: text('its first message; the title when absent', HEADER_MAX_BYTES),
  chatroom_image_url: text('its image', URL_MAX_BYTES),
  tag: text('to be filtered by', IDENTIFIER_MAX_BYTES),
};

const NewRoom = {
  ...Face,
  title: required(Face.title),
  type: integer('0 normal, 7 announcement', { min: 0, max: MAX_ROOM_TYPE }),
  is_secret: flag('whether it can only be joined by being added'),
  uuids: identifiers('members, by their uuids', MAX_PARTICIPANTS),
  chatroom_participants: list('members, by their ids', MAX_PARTICIPANTS),
};

const Peer = {
  uuid: identifier("the other side's uuid"),
  member_id: id("the other side's id; required without uuid"),
};

const Data = Type.Object({ chatroom: WireChatroom });

const response = { 200: success(Data, 'The room.'), ...errorReplies('PERMISSION_DENIED', 'NOT_FOUND') };

const createSchema = {
  operationId: 'createRoom',
  summary: 'Make a room',
  body: parameters(NewRoom),
  response,
};

const changeSchema = {
  operationId: 'changeRoom',
  summary: 'Change what a room shows of itself: what is given of it',
  body: parameters({ chatroom_id: required(id('which room')), ...Face }),
  response,
};

const directSchema = {
  operationId: 'openDirectRoom',
  summary: 'The direct room with another user, which is made if need be',
  body: parameters(Peer),
  response,
};

export const chatroomRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  app.post('/chatroom', { schema: createSchema }, async (request) => {
    const { communityId, user } = request.reader;
    const room = toRoom(request.body);
    return toReply(await createRoom(engine, { communityId, creator: user, ...room }), user.id);
  });

  app.put('/chatroom', { schema: changeSchema }, async (request) => {
    const { chatroom_id: roomId, ...face } = request.body;
    const change = { ...actorOf(request), roomId, ...toFace(face) };
    return toReply(await updateRoom(engine, change), change.userId);
  });

  app.post('/chatroom/dm/create', { schema: directSchema }, async (request) => {
    const actor = actorOf(request);
    return toReply(await openDirectRoom(engine, { ...actor, peer: toPeer(request.body) }), actor.userId);
  });
};

function toReply({ rooms, references }: RoomPage, readerId: number) {
  const view = { communityId: references.community.id, readerId, users: references.users };
  const [chatroom] = rooms.map((room) => toWireChatroom(room, view));
  if (chatroom === undefined) throw new Error('the store returned no room');
  return succeed({ chatroom });
}

function toRoom(body: Values<typeof NewRoom>) {
  const { title, header, ...face } = toFace(body);
  const roomType = body.type ?? NORMAL_ROOM;
  if (roomType === DIRECT_ROOM) throw invalidArgument('type', 'must not be 10: see /chatroom/dm/create');
  if (body.uuids?.includes(SYSTEM_UID)) throw systemUser('uuids');
  return {
    imageUrl: undefined,
    tag: undefined,
    ...face,
    title: title ?? body.title,
    header: header ?? body.title,
    roomType,
    isSecret: body.is_secret ?? false,
    memberUids: body.uuids ?? [],
    memberIds: body.chatroom_participants ?? [],
  };
}

/** Only what is given. */
function toFace({ title, header, chatroom_image_url: imageUrl, tag }: Values<typeof Face>) {
  return {
    ...(title !== undefined && { title }),
    ...(header !== undefined && { header }),
    ...(imageUrl !== undefined && { imageUrl }),
    ...(tag !== undefined && { tag }),
  };
}

function toPeer({ uuid: uid, member_id: memberId }: Values<typeof Peer>): { uid: string } | { id: number } {
  if (uid === SYSTEM_UID) throw systemUser('uuid');
  return uid === undefined ? { id: getGiven(memberId, 'member_id') } : { uid };
}

function systemUser(field: string): AppError {
  return invalidArgument(field, 'must name users by their uuids');
}
