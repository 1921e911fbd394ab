import type { AuditedServer } from './audited-server.js';
import type { GivenReply, Operation } from './described-api.js';
import { EXAMPLES, toRequest } from './example-requests.js';
import { addPair, resolveReferences, type FuzzRequest, type ReferenceKind } from './request-arbitraries.js';
import {
  OPEN_GROUP,
  SECRET_GROUP,
  type SecretCommunity,
  type SecretUser,
  type SecretWorld,
} from './secret-world.js';
import { ADMIN_KEY } from './server.js';

/** Who sends requests: a user, or someone without a name. */
interface Caller {
  readonly name: string;
  /** 0: of none. */
  readonly communityId: number;
  readonly uid: string | undefined;
  readonly user: SecretUser;
  headersFor(operation: Operation): Readonly<Record<string, string>>;
}

/** Of a body that is sent again. */
const LONG = 2000;

/** In each community, from the start. */
const POLLS = 20;

const WUKONG_MANAGES = /^POST \/channel(\/info|\/delete|\/subscriber_add|\/subscriber_remove)?$/;

/** Requests to one server, which remembers them, and what is wrong with its replies. */
export class FuzzRun {
  readonly callers: readonly Caller[];
  /** Each operation's name, with each status it was answered with. */
  readonly seen = new Set<string>();
  readonly #world: SecretWorld;
  readonly #server: AuditedServer;
  readonly #subjects: Subject[];
  /** With what each caller last succeeded, by operation. */
  readonly #accepted = new Map<string, Base>();

  private constructor(world: SecretWorld, auth: 'open' | 'required') {
    this.#world = world;
    this.#server = world.server;
    const { communities } = world;
    const users = communities.flatMap(({ ann, bob, cid, apiKey }) =>
      [ann, ann, bob, cid].map((user) => userCaller(user, apiKey)),
    );
    const [first] = communities;
    if (!first) throw new Error('a world without a community');
    const nameless = { uid: undefined, user: first.ann };
    const admin = {
      ...nameless,
      name: 'admin',
      communityId: 1,
      headersFor: () => ({ 'x-api-key': ADMIN_KEY }),
    };
    const nobody = {
      ...nameless,
      name: 'nobody',
      communityId: auth === 'open' ? 1 : 0,
      headersFor: () => ({}),
    };
    this.callers = [...users, admin, admin, nobody];
    this.#subjects = communities.flatMap(subjectsOf);
  }

  static async start(world: SecretWorld, auth: 'open' | 'required'): Promise<FuzzRun> {
    const run = new FuzzRun(world, auth);
    const polls = [{ text: 'a' }, { text: 'b' }];
    for (const { ann, openRoom } of Array(POLLS).fill(world.communities).flat() as SecretCommunity[]) {
      const body = { chatroom_id: openRoom, text: 'which?', state: 10, polls, allow_add_option: true };
      const made = await world.ask<{ data: Made }>(ann, ['POST', '/conversation', body]);
      run.#remember(ann.communityId, made);
    }
    return run;
  }

  /** Sends; undefined when all is well. */
  async findFault(request: FuzzRequest): Promise<string | undefined> {
    const operation = this.#server.api.get(request.operation);
    const caller = this.callers[request.caller];
    if (!caller) throw new Error('nobody sends this');
    const base = this.#baseOf(request, caller);
    const find = (kind: ReferenceKind, index: number) =>
      this.#find({ kind, index: index || request.subject }, { caller, operation });
    const query = [base.query, resolveReferences(request.query, find, (value) => encodeURIComponent(value))]
      .filter((part) => part !== '')
      .join('&');
    const own = request.body && resolveReferences(request.body, find, (id) => JSON.stringify(id));
    const body = request.changesExample && own ? addPair([base.body, own.slice(1, -1)]) : own;
    const url = query === '' ? operation.path : `${operation.path}?${query}`;
    const { contentType } = request;
    const headers = {
      ...caller.headersFor(operation),
      ...(contentType !== undefined && { 'content-type': contentType }),
    };
    const reply = await this.#server.send({ method: operation.method, url, headers, body });
    this.seen.add(`${operation.name} ${reply.status}`);
    const made = parse(reply.text);
    if (isObject(made)) this.#remember(caller.communityId, made);
    const given = parse(body ?? '{}');
    if (reply.status === 200 && isObject(given) && (body ?? '').length < LONG) {
      this.#accepted.set(`${request.caller} ${operation.name}`, { query, body: JSON.stringify(given) });
    }
    const fault = this.#findFault({ operation, caller, query, body }, reply);
    if (fault === undefined) return undefined;
    const sent = `${caller.name}@${caller.communityId}: ${operation.name}?${query} ${contentType} ${body}`;
    return `${fault}\n${sent.slice(0, 2000)}\n${reply.status} ${reply.text.slice(0, 2000)}`;
  }

  /** What a request changes: an example, or what its caller did before; nothing where it stands for itself. */
  #baseOf(request: FuzzRequest, caller: Caller): Base {
    const { changesExample, subject } = request;
    const operation = this.#server.api.get(request.operation);
    const nothing = { query: '', body: '{}' };
    const example = EXAMPLES[operation.name];
    if (!changesExample || example === undefined || mayTell(caller, operation)) return nothing;
    const before = this.#accepted.get(`${request.caller} ${operation.name}`);
    if (before !== undefined && subject % 3 === 0 && before.query.length < 500) return before;
    const community = pick(
      this.#world.communities,
      subject % 5 === 0 ? subject : caller.user.communityId - 1,
    );
    // What is said goes, so that examples are also of what has been said since.
    const news = this.#subjects.filter(({ communityId, message }) => communityId === community.id && message);
    const { room, message, option } = pick(news, subject);
    const about = {
      ...community,
      ...(room !== undefined && { secretRoom: room }),
      ...(message !== undefined && { messageId: message, pollId: message }),
      ...(option !== undefined && { optionIds: [option] }),
    };
    const { url, body } = toRequest(operation.name, example(about, caller.user.uid));
    return { query: url.split('?')[1] ?? '', body: JSON.stringify(body ?? {}) };
  }

  #findFault(sent: Attempt, reply: GivenReply): string | undefined {
    const { operation, caller } = sent;
    if (reply.status >= 500) return 'a mistake of the server';
    const fault = this.#server.findFault(operation, reply);
    if (fault !== undefined) return fault;
    const leaks = this.#world.findLeaks(reply, readerOf(sent));
    if (leaks.length > 0) return `${caller.name} reads ${leaks.join(', ')}`;
    if (reply.status === 200 && !this.#isDescribed(sent)) return 'accepted, though it is not as described';
    return undefined;
  }

  /** Of what can be read without the server's own parsers. */
  #isDescribed({ operation, query, body }: Attempt): boolean {
    const { api } = this.#server;
    const isPlain = !/%(?![0-9a-f]{2})|%ED|%F|%C0/i.test(query);
    if (isPlain && !api.describesQuery(operation, new URLSearchParams(query))) return false;
    if (operation.requestBody === undefined || body === undefined) return true;
    const value = parse(body);
    return value === undefined || value === null || api.describesBody(operation, value);
  }

  #find(
    { kind, index }: { kind: ReferenceKind; index: number },
    { caller, operation }: { caller: Caller; operation: Operation },
  ): string | number {
    if (kind === 'me') return caller.user.uid;
    if (kind === 'uid') return pick(['ann', 'bob', 'cid', 'dan'], index);
    if (kind !== 'channel') return this.#findId(kind, { caller, index });
    const names = [OPEN_GROUP.channel_id, 'ann', 'bob', 'cid', 'g', 'ann@bob'];
    return pick(
      mayTell(caller, operation) ? names : [...names, SECRET_GROUP.channel_id, SECRET_GROUP.channel_id],
      index,
    );
  }

  /** Of the same thing for one index, where it has one; three times in four of the caller's own community. */
  #findId(kind: SubjectKind, { caller, index }: { caller: Caller; index: number }): number {
    const isNear = index % 4 > 0;
    const fits = (subject: Subject): boolean =>
      subject[kind] !== undefined && (!isNear || subject.communityId === caller.communityId);
    const from = index % this.#subjects.length;
    const found = [...this.#subjects.slice(from), ...this.#subjects].find(fits);
    return found?.[kind] ?? index;
  }

  /** What a reply made can be referred to from then on. */
  #remember(communityId: number, { data = {} }: { readonly data?: Made }): void {
    const { id, chatroom, conversation } = data;
    if (chatroom !== undefined) this.#subjects.push({ communityId, room: chatroom.id });
    if (id === undefined || conversation === undefined) return;
    const [option] = conversation.polls;
    this.#subjects.push({ communityId, room: conversation.chatroom_id, message: id, option: option?.id });
  }
}

type SubjectKind = 'room' | 'message' | 'option' | 'userId';

/** Something that requests can be about, with the ids that belong together. */
type Subject = { readonly communityId: number } & { readonly [Kind in SubjectKind]?: number | undefined };

/** Who may do everything may also tell a secret; that would be no leak. */
function mayTell(caller: Caller, operation: Operation): boolean {
  return caller.uid === undefined && WUKONG_MANAGES.test(operation.name);
}

/** What a request adds to. */
interface Base {
  readonly query: string;
  /** A JSON object. */
  readonly body: string;
}

interface Attempt {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly query: string;
  readonly body: string | undefined;
}

interface Made {
  readonly id?: number;
  readonly chatroom?: { readonly id: number };
  readonly conversation?: {
    readonly chatroom_id: number;
    readonly polls: readonly { readonly id: number }[];
  };
}

function subjectsOf({ id: communityId, ann, bob, cid, ...ours }: SecretCommunity): Subject[] {
  const { secretRoom: room, messageId, pollId, optionIds, openRoom } = ours;
  const options = optionIds.map((option) => ({ communityId, room, message: pollId, option }));
  const users = [ann, bob, cid].map(({ id: userId }) => ({ communityId, userId }));
  return [{ communityId, room, message: messageId }, ...options, { communityId, room: openRoom }, ...users];
}

function userCaller(user: SecretUser, apiKey: string): Caller {
  const { uid, communityId, accessToken, refreshToken } = user;
  const headersFor = ({ name }: Operation) => {
    if (name === 'POST /sdk/initiate') return { 'x-api-key': apiKey };
    return { authorization: name === 'POST /user/refresh' ? refreshToken : accessToken };
  };
  return { name: uid, communityId, uid, user, headersFor };
}

/** For whom a reply is: of someone who may read as anybody, for whom he names. */
function readerOf({ operation, caller, body, query }: Attempt): {
  communityId: number;
  uid: string | undefined;
} {
  const { communityId, uid } = caller;
  // Whoever has the community's key.
  if (operation.name === 'POST /sdk/initiate') return { communityId, uid: undefined };
  if (uid !== undefined) return { communityId, uid };
  const named = {
    ...(parse(body ?? '') as object),
    ...Object.fromEntries(new URLSearchParams(query)),
  } as Named;
  const reader = named.login_uid ?? named.uid;
  return { communityId, uid: typeof reader === 'string' ? reader : undefined };
}

interface Named {
  readonly uid?: unknown;
  readonly login_uid?: unknown;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('nothing to pick');
  return item;
}
