import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { SYSTEM_UID } from '../../domain/channel.js';
import { invalidArgument } from '../../domain/errors.js';
import { IDENTIFIER_MAX_BYTES, IDENTIFIER_RULE, isIdentifier } from '../../domain/identifier.js';
import { PAYLOAD_MAX_BYTES } from '../../domain/message.js';
import { DIRECT_ROOM, NORMAL_ROOM } from '../../domain/room.js';
import { openDirectRoom, updateRoom } from '../../engine/change-room.js';
import { createRoom } from '../../engine/create-room.js';
import type { RoomPage } from '../../ports/room-store.js';
import { bodyOf } from './body.js';
import type { KettleOptions } from './options.js';
import { findFlag, findInteger, findList, findText, getId, type Params } from './parameters.js';
import { actorOf } from './reader.js';
import { succeed, success } from './schemas.js';
import { toWireChatroom, WireChatroom } from './wire-chatroom.js';

const MAX_ROOM_TYPE = 255;
const MAX_PARTICIPANTS = 1000;
const URL_MAX_BYTES = 2048;
/** Half of what a message may hold: the header is one, and escaped characters take more. */
const HEADER_MAX_BYTES = PAYLOAD_MAX_BYTES / 2;

const Data = Type.Object({ chatroom: WireChatroom });

export const chatroomRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  const schema = { response: { 200: success(Data) } };

  app.post('/chatroom', { schema }, async (request) => {
    const { communityId, user } = request.reader;
    const room = readRoom(bodyOf(request));
    return toReply(await createRoom(engine, { communityId, creator: user, ...room }), user.id);
  });

  app.put('/chatroom', { schema }, async (request) => {
    const body = bodyOf(request);
    const change = { ...actorOf(request), roomId: getId(body, 'chatroom_id'), ...readFace(body) };
    return toReply(await updateRoom(engine, change), change.userId);
  });

  app.post('/chatroom/dm/create', { schema }, async (request) => {
    const body = bodyOf(request);
    const actor = actorOf(request);
    return toReply(await openDirectRoom(engine, { ...actor, peer: readPeer(body) }), actor.userId);
  });
};

function toReply({ rooms, references }: RoomPage, readerId: number) {
  const view = { communityId: references.community.id, readerId, users: references.users };
  const [chatroom] = rooms.map((room) => toWireChatroom(room, view));
  if (chatroom === undefined) throw new Error('the store returned no room');
  return succeed({ chatroom });
}

function readRoom(body: Params) {
  const { title, header, ...face } = readFace(body);
  if (title === undefined) throw invalidArgument('title', 'is required');
  const roomType = findInteger(body, 'type', { min: 0, max: MAX_ROOM_TYPE }) ?? NORMAL_ROOM;
  if (roomType === DIRECT_ROOM) throw invalidArgument('type', 'must not be 10: see /chatroom/dm/create');
  return {
    imageUrl: undefined,
    tag: undefined,
    ...face,
    title,
    header: header ?? title,
    roomType,
    isSecret: findFlag(body, 'is_secret') ?? false,
    memberUids: readUids(body, 'uuids'),
    memberIds: readIds(body, 'chatroom_participants'),
  };
}

/** What a room shows of itself; only what is given. */
function readFace(body: Params) {
  const title = findText(body, 'title', IDENTIFIER_MAX_BYTES);
  const header = findText(body, 'header', HEADER_MAX_BYTES);
  const imageUrl = findText(body, 'chatroom_image_url', URL_MAX_BYTES);
  const tag = findText(body, 'tag', IDENTIFIER_MAX_BYTES);
  if (title !== undefined && !isIdentifier(title)) throw invalidArgument('title', IDENTIFIER_RULE);
  return {
    ...(title !== undefined && { title }),
    ...(header !== undefined && { header }),
    ...(imageUrl !== undefined && { imageUrl }),
    ...(tag !== undefined && { tag }),
  };
}

function readPeer(body: Params): { uid: string } | { id: number } {
  const [uid] = readUids({ uuid: body['uuid'] === undefined ? [] : [body['uuid']] }, 'uuid');
  return uid === undefined ? { id: getId(body, 'member_id') } : { uid };
}

function readUids(body: Params, name: string): string[] {
  const uids = body[name] ?? [];
  const isList = Array.isArray(uids) && uids.length <= MAX_PARTICIPANTS;
  if (!isList || !uids.every((uid) => typeof uid === 'string' && isIdentifier(uid) && uid !== SYSTEM_UID)) {
    throw invalidArgument(name, 'must name users by their uuids');
  }
  return uids as string[];
}

function readIds(body: Params, name: string): number[] {
  const ids = findList(body, name) ?? [];
  if (ids.length <= MAX_PARTICIPANTS) return ids;
  throw invalidArgument(name, `must be at most ${MAX_PARTICIPANTS}`);
}
