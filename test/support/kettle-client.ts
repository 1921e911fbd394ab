import type { Headers as HeaderMap } from './wukong-client.js';

/** Speaks the Kettle dialect over HTTP, to a server in this process or in another. */

export type Json = Readonly<Record<string, unknown>>;

/** What tests look at; the decoders look at everything. */
export interface WireRoom extends Json {
  readonly id: number;
  readonly title: string;
  readonly header: string;
  readonly type: number;
  readonly user_id: number;
  readonly unseen_count: number;
  readonly last_conversation_id: number;
  readonly updated_at: number;
  readonly mute_status: boolean;
  readonly follow_status: boolean;
}

export interface WireRow extends Json {
  readonly id: number;
  readonly answer: string;
  readonly state: number;
  readonly user_id: number;
  readonly chatroom_id: number;
  readonly last_updated: number;
  readonly created_epoch: number;
  readonly deleted_by_user_id: number | null;
}

export interface WireOption extends Json {
  readonly id: number;
  readonly text: string;
  readonly no_votes: number;
  readonly count: number | null;
  readonly percentage: number | null;
  readonly is_selected: boolean;
}

type MapOf<Value> = Readonly<Record<string, Value>>;

interface Metas extends Json {
  readonly user_meta: MapOf<Json>;
  readonly conversation_meta: MapOf<WireRow>;
  readonly community_meta: MapOf<Json>;
  readonly conv_polls_meta: MapOf<WireOption[]>;
  readonly conv_reactions_meta: MapOf<Json[]>;
  readonly conv_attachments_meta: MapOf<Json[]>;
  readonly widgets: MapOf<Json>;
}

export interface RoomsPage extends Metas {
  readonly chatrooms_data: readonly WireRoom[];
  readonly sync_meta: MapOf<Json>;
}

export interface MessagesPage extends Metas {
  readonly conversations_data: readonly WireRow[];
  readonly chatroom_meta: MapOf<WireRoom>;
  readonly chatroom_reactions_meta: MapOf<Json[]>;
}

export interface LoginData {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user: Json & { readonly id: number };
  readonly community: Json & { readonly id: number };
}

export interface Posted {
  readonly id: number;
  readonly conversation: WireRow & Json;
  readonly widgets: Json;
}

export interface Sending {
  readonly headers?: HeaderMap;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: object | string;
}

export class KettleReply {
  readonly status: number;
  readonly headers: globalThis.Headers;
  readonly text: string;

  constructor(status: number, headers: globalThis.Headers, text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  get json(): Json {
    return JSON.parse(this.text) as Json;
  }

  /** The data of an answer that has to be a success. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what comes
  data<Data>(): Data {
    const { success, data } = this.json;
    if (this.status !== 200 || success !== true) throw new Error(`answered ${this.status}: ${this.text}`);
    return data as Data;
  }

  /** Of an answer that has to be `{"success": true}` and nothing else. */
  done(): void {
    if (this.status !== 200 || this.text !== '{"success":true}') {
      throw new Error(`answered ${this.status}: ${this.text}`);
    }
  }

  /** Status and text of an answer that has to be an error in the form of this dialect. */
  get error(): readonly [status: number, message: string] {
    const { success, error_message: message, ...others } = this.json;
    const isError = this.status >= 400 && success === false && typeof message === 'string' && message !== '';
    if (!isError || Object.keys(others).length > 0) throw new Error(`no error: ${this.status} ${this.text}`);
    return [this.status, message];
  }
}

export class KettleClient {
  readonly url: string;
  readonly headers: HeaderMap;

  constructor(url: string, headers: HeaderMap = {}) {
    this.url = url;
    this.headers = headers;
  }

  with(headers: HeaderMap): KettleClient {
    return new KettleClient(this.url, { ...this.headers, ...headers });
  }

  /** With `path`, the query string goes out as it is written. */
  async send(method: string, path: string, { headers = {}, body }: Sending = {}): Promise<KettleReply> {
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(text !== undefined && { 'content-type': 'application/json' }),
        ...this.headers,
        ...headers,
      },
      ...(text !== undefined && { body: text }),
    });
    return new KettleReply(response.status, response.headers, await response.text());
  }

  get(path: string, query = ''): Promise<KettleReply> {
    return this.send('GET', query === '' ? path : `${path}?${query}`);
  }
}

/** One who is logged in. */
export class KettleMember extends KettleClient {
  readonly uid: string;
  readonly id: number;
  readonly communityId: number;
  readonly accessToken: string;
  readonly refreshToken: string;

  constructor({ url }: KettleClient, login: LoginData & { readonly uid: string }) {
    super(url, { authorization: `Bearer ${login.access_token}` });
    this.uid = login.uid;
    this.id = login.user.id;
    this.communityId = login.community.id;
    this.accessToken = login.access_token;
    this.refreshToken = login.refresh_token;
  }

  async rooms(query = ''): Promise<RoomsPage> {
    return (await this.get('/chatroom/sync', query)).data();
  }

  async roomIds(query = ''): Promise<number[]> {
    return (await this.rooms(query)).chatrooms_data.map(({ id }) => id);
  }

  /** A room that has to be on the list, whatever its type. */
  async room(roomId: number): Promise<WireRoom> {
    const [room] = (await this.rooms(`chatroom_id=${roomId}&is_local_db=true`)).chatrooms_data;
    if (!room) throw new Error(`${this.uid} does not see room ${roomId}`);
    return room;
  }

  async messages(roomId: number, query = ''): Promise<MessagesPage> {
    return (await this.get('/conversation/sync', `chatroom_id=${roomId}&${query}`)).data();
  }

  /** The texts of a room's messages, the header apart, oldest first. */
  async texts(roomId: number): Promise<string[]> {
    const query = 'page_size=500&is_local_db=false&order_by=ASC&excluded_conversation_states=[1]';
    return (await this.messages(roomId, query)).conversations_data.map(({ answer }) => answer);
  }

  /** One message, as sync shows it. */
  async message(roomId: number, id: number): Promise<WireRow> {
    const [row] = (await this.messages(roomId, `conversation_id=${id}`)).conversations_data;
    if (!row) throw new Error(`${this.uid} does not see message ${id}`);
    return row;
  }

  async createRoom(body: object = {}): Promise<number> {
    const reply = await this.send('POST', '/chatroom', { body: { title: 'A room', ...body } });
    return reply.data<{ chatroom: WireRoom }>().chatroom.id;
  }

  async openDirect(uuid: string): Promise<number> {
    const reply = await this.send('POST', '/chatroom/dm/create', { body: { uuid } });
    return reply.data<{ chatroom: WireRoom }>().chatroom.id;
  }

  post(roomId: number, body: object): Promise<KettleReply> {
    return this.send('POST', '/conversation', { body: { chatroom_id: roomId, ...body } });
  }

  /** Posts a message, which has to succeed; returns its id. */
  async say(roomId: number, text: string, more: object = {}): Promise<number> {
    return (await this.post(roomId, { text, ...more })).data<Posted>().id;
  }

  /** Posts a poll with options a, b and c. */
  ask(roomId: number, more: object = {}): Promise<number> {
    const polls = ['a', 'b', 'c'].map((text) => ({ text }));
    return this.say(roomId, 'which?', { state: 10, polls, poll_type: 0, ...more });
  }

  /** The options of a poll, as sync shows them. */
  async options(roomId: number, id: number): Promise<WireOption[]> {
    const page = await this.messages(roomId, `conversation_id=${id}`);
    return page.conv_polls_meta[id] ?? [];
  }

  /** Votes for the options with these texts. */
  async vote(roomId: number, id: number, ...texts: string[]): Promise<KettleReply> {
    const options = await this.options(roomId, id);
    const polls = texts.map((text) => ({ id: options.find((option) => option.text === text)?.id }));
    return this.send('POST', '/conversation/poll/submit', { body: { conversation_id: id, polls } });
  }

  /** A change of one's own that has to succeed and says nothing. */
  async change(method: string, path: string, body: object): Promise<void> {
    (await this.send(method, path, { body })).done();
  }

  async edit(id: number, text: string): Promise<void> {
    (await this.send('PUT', '/conversation', { body: { conversation_id: id, text } })).data();
  }

  async remove(...ids: number[]): Promise<void> {
    (await this.send('DELETE', '/conversation', { body: { conversation_ids: ids } })).data();
  }

  react(id: number, reaction: string): Promise<void> {
    return this.change('PUT', '/conversation/reaction', { conversation_id: id, reaction });
  }

  markRead(roomId: number): Promise<void> {
    return this.change('POST', '/chatroom/mark_read', { chatroom_id: roomId });
  }
}
