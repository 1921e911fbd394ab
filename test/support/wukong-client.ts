/** Speaks the WuKongIM dialect over HTTP, to a server in this process or in another. */

export interface WireMessage {
  readonly header: { readonly no_persist: number; readonly red_dot: number; readonly sync_once: number };
  readonly setting: number;
  readonly message_id: number;
  readonly message_idstr: string;
  readonly client_msg_no: string;
  readonly message_seq: number;
  readonly from_uid: string;
  readonly channel_id: string;
  readonly channel_type: number;
  readonly expire: number;
  readonly timestamp: number;
  readonly payload: string;
}

export interface WireConversation {
  readonly channel_id: string;
  readonly channel_type: number;
  readonly unread: number;
  readonly timestamp: number;
  readonly last_msg_seq: number;
  readonly last_client_msg_no: string;
  readonly offset_msg_seq: number;
  readonly readed_to_msg_seq: number;
  readonly version: number;
  readonly limited: number;
  readonly is_deleted?: number;
  readonly messages: readonly WireMessage[];
}

export interface WireMessagePage {
  readonly start_message_seq: number;
  readonly end_message_seq: number;
  readonly more: number;
  readonly messages: readonly WireMessage[];
}

export interface Sent {
  readonly message_id: number;
  readonly message_seq: number;
  readonly client_msg_no: string;
}

export interface WireError {
  readonly status: number;
  readonly msg: string;
  readonly code: string;
  readonly field?: string;
}

export interface ChannelName {
  readonly channel_id: string;
  readonly channel_type: number;
}

/** What is said, and whatever else goes with it. */
export type MessageFields = { readonly text: string } & Readonly<Record<string, unknown>>;

/** Anything that can stand in a JSON object; a bigint is written with all its digits. */
export type Body = object;

export type Headers = Readonly<Record<string, string>>;

export const SEND = '/message/send';
export const SYNC = '/conversation/sync';

export function person(uid: string): ChannelName {
  return { channel_id: uid, channel_type: 1 };
}

export function group(id: string, type = 2): ChannelName {
  return { channel_id: id, channel_type: type };
}

/** The payload that chat clients show as `text`. */
export function payloadOf(text: string): string {
  return Buffer.from(JSON.stringify({ type: 1, content: text })).toString('base64');
}

export function textOf({ payload }: Pick<WireMessage, 'payload'>): unknown {
  const content: unknown = JSON.parse(Buffer.from(payload, 'base64').toString());
  return (content as { content?: unknown }).content;
}

/** An answer, with its text as it came: versions have more digits than JSON.parse keeps. */
export class Reply {
  readonly status: number;
  readonly headers: globalThis.Headers;
  readonly text: string;

  constructor(status: number, headers: globalThis.Headers, text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }

  get error(): WireError {
    return this.json as WireError;
  }

  /**
   * A status, and of an error its code and the field it names: `200`, `400 INVALID_ARGUMENT uid`. An error
   * of another form than the documented one is its whole text.
   */
  get outcome(): string {
    if (this.status === 200) return '200';
    const { status, msg, code, field, ...more } = this.error;
    const isDocumented =
      status === this.status &&
      this.header('content-type') === 'application/json; charset=utf-8' &&
      /^[A-Z_]+$/.test(code) &&
      typeof msg === 'string' &&
      msg !== '' &&
      field !== '' &&
      Object.keys(more).length === 0;
    return isDocumented ? [status, code, field].filter(Boolean).join(' ') : this.text;
  }

  /** The value of an answer that has to be a 200, as who asks knows it to be. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- JSON has no types
  ok<Value>(): Value {
    if (this.status !== 200) throw new Error(`answered ${this.status}: ${this.text}`);
    return this.json as Value;
  }

  header(name: string): string | null {
    return this.headers.get(name);
  }

  /** Each conversation's version with all digits, in the order of the answer. */
  get versions(): bigint[] {
    return [...this.text.matchAll(/"version":(\d+)/g)].map(([, digits = '']) => BigInt(digits));
  }
}

export class WukongClient {
  readonly url: string;
  readonly headers: Headers;

  constructor(url: string, headers: Headers = {}) {
    this.url = url;
    this.headers = headers;
  }

  /** The same server, asked with other credentials. */
  with(headers: Headers): WukongClient {
    return new WukongClient(this.url, headers);
  }

  async request(method: string, path: string, init: Omit<RequestInit, 'method'> = {}): Promise<Reply> {
    const response = await fetch(this.url + path, {
      ...init,
      method,
      headers: { ...this.headers, ...(init.headers as Headers) },
    });
    return new Reply(response.status, response.headers, await response.text());
  }

  /** A text is sent as it is. */
  post(path: string, body: Body | readonly unknown[] | string): Promise<Reply> {
    const text = typeof body === 'string' ? body : toJson(body);
    return this.request('POST', path, { body: text, headers: { 'content-type': 'application/json' } });
  }

  get(path: string, query: object = {}): Promise<Reply> {
    const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
    return this.request('GET', pairs.length > 0 ? `${path}?${new URLSearchParams(pairs).toString()}` : path);
  }

  sync(body: Body): Promise<Reply> {
    return this.post(SYNC, body);
  }

  /** The conversations of an answer that has to be a 200. */
  async list(uid: string, more: Body = {}): Promise<WireConversation[]> {
    return (await this.sync({ uid, ...more })).ok();
  }

  /** A conversation that has to be on the list. */
  async find(uid: string, channel: ChannelName, more: Body = {}): Promise<WireConversation> {
    const all = await this.list(uid, more);
    const found = all.find(
      ({ channel_id: id, channel_type: type }) => id === channel.channel_id && type === channel.channel_type,
    );
    if (!found) throw new Error(`${channel.channel_id} is not on the list of ${uid}: ${JSON.stringify(all)}`);
    return found;
  }

  send(from: string, channel: ChannelName, message: string | MessageFields): Promise<Reply> {
    const { text, ...more } = typeof message === 'string' ? { text: message } : message;
    return this.post(SEND, { from_uid: from, ...channel, payload: payloadOf(text), ...more });
  }

  /** Sends a message, which has to succeed. */
  async say(from: string, channel: ChannelName, message: string | MessageFields): Promise<Sent> {
    return (await this.send(from, channel, message)).ok();
  }

  /** Makes a group with members. */
  async makeGroup(channel: ChannelName, members: readonly string[]): Promise<void> {
    (await this.post('/channel', { ...channel, subscribers: members })).ok();
  }

  async messages(uid: string, channel: ChannelName, more: Body = {}): Promise<WireMessagePage> {
    return (await this.post('/channel/messagesync', { login_uid: uid, ...channel, ...more })).ok();
  }

  /** A change of a user's own state, which has to succeed. */
  async change(path: string, uid: string, fields: object): Promise<void> {
    (await this.post(`/conversations/${path}`, { uid, ...fields })).ok();
  }
}

/** JSON in which a bigint is an integer with all its digits. */
export function toJson(value: unknown): string {
  const marked = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? `\u{E000}${item}\u{E000}` : item,
  );
  return marked.replaceAll(/"\u{E000}(-?\d+)\u{E000}"/gu, '$1');
}

/** The one element of a list that has to have one. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (items.length !== 1 || item === undefined) throw new Error(`not one element: ${toJson(items)}`);
  return item;
}
