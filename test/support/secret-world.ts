import { randomBytes } from 'node:crypto';
import { hashApiKey } from '../../src/http/plugins/api-key.js';
import type { AuditedServer } from './audited-server.js';
import type { GivenReply } from './described-api.js';
import { signToken } from './server.js';
import { group, payloadOf, person } from './wukong-client.js';

/**
 * Two communities whose private texts are marks that nobody can guess, so that a reply which has one that
 * its reader may not see gives it away. Channels and users are called the same in both.
 */

/** Who may read a mark: these users of a community, everyone in it, or everyone in it but one. */
interface Readers {
  readonly communityId: number;
  readonly uids: Uids;
}

type Uids = readonly string[] | 'all' | { readonly not: string };

export interface SecretUser {
  readonly uid: string;
  readonly communityId: number;
  readonly id: number;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface SecretCommunity {
  readonly id: number;
  readonly apiKey: string;
  /** ann has the secrets, bob shares them, cid, a manager, has no part in them. */
  readonly ann: SecretUser;
  readonly bob: SecretUser;
  readonly cid: SecretUser;
  /** A room of ann and bob, and one of everybody. */
  readonly secretRoom: number;
  readonly openRoom: number;
  /** In the secret room: a text of ann's, a poll of hers, its options. */
  readonly messageId: number;
  readonly pollId: number;
  readonly optionIds: readonly number[];
}

/** A group of ann and bob. */
export const SECRET_GROUP = group('the secret group');
/** A group that anybody may be made a member of; ann has deleted what was said in it first. */
export const OPEN_GROUP = group('the open group');

export class SecretWorld {
  readonly server: AuditedServer;
  readonly communities: SecretCommunity[] = [];
  readonly #readers = new Map<string, Readers>();

  constructor(server: AuditedServer) {
    this.server = server;
  }

  /** Marks that a reply has, in its text or in the payloads of its messages, and that its reader may not see. */
  findLeaks({ text }: GivenReply, reader: { communityId: number; uid: string | undefined }): string[] {
    const payloads = [...text.matchAll(/"payload":"([^"]*)"/g)].map(([, base64 = '']) =>
      Buffer.from(base64, 'base64').toString(),
    );
    const found = [text, ...payloads].flatMap((part) => part.match(/MARK-[0-9a-f]{16}/g) ?? []);
    return found.filter((mark) => {
      const { communityId, uids } = this.#readers.get(mark) ?? { communityId: 0, uids: [] };
      if (communityId !== reader.communityId) return true;
      return reader.uid !== undefined && !includes(uids, reader.uid);
    });
  }

  mark(communityId: number, uids: Uids): string {
    const mark = `MARK-${randomBytes(8).toString('hex')}`;
    this.#readers.set(mark, { communityId, uids });
    return mark;
  }

  async add(communityId: number): Promise<void> {
    const { server } = this;
    const apiKey = `the-api-key-of-community-${communityId}`;
    await server.engine.store.setApiKey({ communityId, apiKeyHash: hashApiKey(apiKey) });
    await server.engine.store.putUser({ communityId, uid: 'cid', isManager: true });
    const login = (uid: string): Promise<SecretUser> => this.#login(uid, { communityId, apiKey });
    const [ann, bob, cid] = [await login('ann'), await login('bob'), await login('cid')];
    await this.#fillChannels(communityId);
    const secretRoom = await this.#fillSecretRoom(ann);
    const { room: openRoom } = await this.#makeRoom(ann, { title: 'Lobby', uuids: ['bob', 'cid'] });
    const ours = { id: communityId, apiKey, ann, bob, cid, ...secretRoom, openRoom };
    this.communities.push(ours);
  }

  /** Sends as a user; what it answers has to be a success. */
  async ask<Data>(user: SecretUser, request: readonly [string, string, object?]): Promise<Data> {
    const [method, url, body] = request;
    const headers = { authorization: user.accessToken };
    const reply = await this.server.send({ method, url, headers, body });
    if (reply.status !== 200) throw new Error(`${method} ${url} answered ${reply.status}: ${reply.text}`);
    return JSON.parse(reply.text) as Data;
  }

  async #login(uid: string, { communityId, apiKey }: { communityId: number; apiKey: string }) {
    const body = { uuid: uid, user_name: this.mark(communityId, 'all') };
    const headers = { 'x-api-key': apiKey };
    const reply = await this.server.send({ method: 'POST', url: '/sdk/initiate', headers, body });
    const { data } = JSON.parse(reply.text) as {
      data: { access_token: string; refresh_token: string; user: { id: number } };
    };
    const { access_token: accessToken, refresh_token: refreshToken, user } = data;
    return { uid, communityId, id: user.id, accessToken, refreshToken };
  }

  async #fillChannels(communityId: number): Promise<void> {
    const { engine } = this.server;
    for (const [channel, uids] of [
      [SECRET_GROUP, ['ann', 'bob']],
      [OPEN_GROUP, ['ann', 'bob', 'cid']],
    ] as const) {
      const key = { type: channel.channel_type, name: channel.channel_id };
      await engine.store.putChannel({ communityId, channel: key, settings: {} });
      await engine.store.addSubscribers({ communityId, channel: key, uids });
    }
    const say = async (from: string, channel: object, readers: Uids): Promise<void> => {
      const headers = { authorization: signToken({ sub: from, community: communityId }) };
      const body = { from_uid: from, ...channel, payload: payloadOf(this.mark(communityId, readers)) };
      const reply = await this.server.send({ method: 'POST', url: '/message/send', headers, body });
      if (reply.status !== 200) throw new Error(reply.text);
    };
    await say('ann', SECRET_GROUP, ['ann', 'bob']);
    await say('bob', SECRET_GROUP, ['ann', 'bob']);
    await say('ann', person('bob'), ['ann', 'bob']);
    await say('bob', OPEN_GROUP, { not: 'ann' });
    const headers = { authorization: signToken({ sub: 'ann', community: communityId }) };
    const body = { uid: 'ann', ...OPEN_GROUP };
    await this.server.send({ method: 'POST', url: '/conversations/delete', headers, body });
    await say('cid', OPEN_GROUP, 'all');
  }

  async #fillSecretRoom(ann: SecretUser) {
    const mark = (): string => this.mark(ann.communityId, ['ann', 'bob']);
    const face = { title: mark(), header: mark(), tag: mark(), chatroom_image_url: mark() };
    const { room: secretRoom } = await this.#makeRoom(ann, { ...face, is_secret: true, uuids: ['bob'] });
    const post = async (body: object): Promise<Posted> => {
      const { data } = await this.ask<{ data: Posted }>(ann, [
        'POST',
        '/conversation',
        { chatroom_id: secretRoom, ...body },
      ]);
      return data;
    };
    const attachments = [{ url: mark(), type: 'image', name: mark(), meta: { note: mark() } }];
    const metadata = { note: mark() };
    const og_tags = { title: mark(), url: mark() };
    const { id: messageId } = await post({
      text: mark(),
      attachments,
      metadata,
      og_tags,
      share_link: mark(),
    });
    await this.ask(ann, ['PUT', '/conversation/reaction', { conversation_id: messageId, reaction: mark() }]);
    await this.ask(ann, ['PUT', '/conversation/reaction', { chatroom_id: secretRoom, reaction: mark() }]);
    await this.ask(ann, [
      'PUT',
      '/conversation/topic',
      { chatroom_id: secretRoom, conversation_id: messageId },
    ]);
    await post({ text: mark(), replied_conversation_id: messageId });
    const polls = [{ text: mark() }, { text: mark() }];
    const { id: pollId, conversation } = await post({
      text: mark(),
      state: 10,
      poll_type: 2,
      polls,
      allow_add_option: true,
    });
    const optionIds = conversation.polls.map(({ id }) => id);
    return { secretRoom, messageId, pollId, optionIds };
  }

  async #makeRoom(user: SecretUser, body: object): Promise<{ room: number }> {
    const { data } = await this.ask<{ data: { chatroom: { id: number } } }>(user, [
      'POST',
      '/chatroom',
      body,
    ]);
    return { room: data.chatroom.id };
  }
}

function includes(uids: Uids, uid: string): boolean {
  if (uids === 'all') return true;
  return 'not' in uids ? uids.not !== uid : uids.includes(uid);
}

interface Posted {
  readonly id: number;
  readonly conversation: { readonly polls: readonly { readonly id: number }[] };
}

/** With communities 1 and 2. */
export async function buildSecretWorld(server: AuditedServer): Promise<SecretWorld> {
  const world = new SecretWorld(server);
  await world.add(1);
  const other = await server.engine.store.createCommunity({ name: world.mark(2, 'all') });
  await world.add(other);
  return world;
}
