import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAudited, type AuditedServer } from '../support/audited-server.js';
import { EXAMPLES, toRequest, type Example } from '../support/example-requests.js';
import {
  buildSecretWorld,
  type SecretCommunity,
  type SecretUser,
  type SecretWorld,
} from '../support/secret-world.js';
import { ADMIN_KEY, listRouteNames, signToken } from '../support/server.js';

/** Routes that ask nobody who he is, and why. */
const PUBLIC: Readonly<Record<string, string>> = {
  'GET /health': 'for whatever watches the process, which holds no secrets',
  'GET /ready': 'the same, for the store',
  'GET /openapi.json': 'says what the sources say',
};

type Headers = Readonly<Record<string, string>>;
type Row = Readonly<Record<string, unknown>>;
type Dump = Readonly<Record<string, readonly Row[]>>;

let server: AuditedServer;
let world: SecretWorld;
let ours: SecretCommunity;
let theirs: SecretCommunity;

async function open(): Promise<void> {
  server = await startAudited('required');
  world = await buildSecretWorld(server);
  [ours, theirs] = world.communities as [SecretCommunity, SecretCommunity];
}

const close = async (): Promise<void> => server[Symbol.asyncDispose]();

/** Every route of the app, whoever added it. */
function routeNames(): string[] {
  return listRouteNames(server.app).toSorted();
}

/** With which ann, or whoever may, does it. */
function credentialOf({ by }: Example): Headers {
  if (by === 'backend') return { 'x-api-key': ADMIN_KEY };
  if (by === 'login') return { 'x-api-key': ours.apiKey };
  if (by === 'refresh') return { authorization: `Bearer ${ours.ann.refreshToken}` };
  return by === 'member' ? { authorization: `Bearer ${ours.ann.accessToken}` } : {};
}

/** All rows of a community. */
function dump(communityId: number): Dump {
  const names = select(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations'`);
  const tables = names.map(({ name }) => {
    const key = name === 'communities' ? 'id' : 'community_id';
    return [name, select(`SELECT * FROM ${String(name)} WHERE ${key} = ?`, communityId)] as const;
  });
  return Object.fromEntries(tables);
}

/** Those of a user, of the channels that he is in, and of what was said there. */
function dumpOf({ communityId, id: userId }: SecretUser): Dump {
  const all = dump(communityId);
  const own = (all['memberships'] ?? []).filter((row) => row['user_id'] === userId);
  const channelIds = new Set(own.map((row) => row['channel_id']));
  const isInOwnChannel = (row: Row): boolean => channelIds.has(row['channel_id']);
  const messageIds = new Set((all['messages'] ?? []).filter(isInOwnChannel).map((row) => row['id']));
  const isOwn: Readonly<Record<string, (row: Row) => boolean>> = {
    users: (row) => row['id'] === userId,
    memberships: isInOwnChannel,
    channels: (row) => channelIds.has(row['id']),
    messages: isInOwnChannel,
    reactions: isInOwnChannel,
  };
  const isOfOwnMessage = (row: Row): boolean => messageIds.has(row['message_id']);
  return Object.fromEntries(
    Object.entries(all).map(([name, rows]) => [name, rows.filter(isOwn[name] ?? isOfOwnMessage)]),
  );
}

function select(sql: string, ...values: unknown[]): Row[] {
  return server.database.prepare(sql).all(...values) as Row[];
}

/** Sends each route's example, asked as `uid`, with what `headersFor` says. */
async function sendAll(
  uid: string,
  headersFor: (example: Example) => Headers | undefined,
  check: (name: string, reply: Awaited<ReturnType<AuditedServer['send']>>) => void,
): Promise<void> {
  for (const name of routeNames()) {
    const example = EXAMPLES[name]?.(ours, uid);
    const headers = example && headersFor(example);
    if (name in PUBLIC || example === undefined || headers === undefined) continue;
    const reply = await server.send({ ...toRequest(name, example), headers });
    expect([name, server.findFault(server.api.get(name), reply)]).toEqual([name, undefined]);
    check(name, reply);
  }
}

describe('the table of this test', () => {
  beforeAll(open);
  afterAll(close);

  test('AU-8, OP-10: every route has an example, and is described', () => {
    const names = routeNames();
    expect(names.length).toBeGreaterThanOrEqual(38);
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(names);
    const described = server.api.operations.map(({ name }) => name);
    expect(described.toSorted()).toEqual(names);
    const heads = server.routes.filter(({ method }) => method === 'HEAD').map(({ url }) => `GET ${url}`);
    expect(heads.toSorted()).toEqual(names.filter((name) => name.startsWith('GET ')));
  });

  test('AU-8, OP-11: every route does what its example asks, as described', async () => {
    for (const [name, exampleFor] of Object.entries(EXAMPLES)) {
      const example = exampleFor(ours, 'ann');
      const operation = server.api.get(name);
      const request = toRequest(name, example);
      const reply = await server.send({ ...request, headers: credentialOf(example) });
      expect([name, reply.status, server.findFault(operation, reply)]).toEqual([name, 200, undefined]);
      const query = new URL(request.url, 'http://x').searchParams;
      const isDescribed =
        server.api.describesBody(operation, example.body) && server.api.describesQuery(operation, query);
      expect([name, isDescribed]).toEqual([name, true]);
      expect([name, world.findLeaks(reply, { communityId: 1, uid: 'ann' })]).toEqual([name, []]);
    }
  });
});

describe('with auth = required', () => {
  beforeAll(open);
  afterAll(close);

  test('AU-2, AU-8: without a credential every route is a 401, by HEAD too, but those that need none', async () => {
    const before = [dump(ours.id), dump(theirs.id)];
    const headers = {};
    await sendAll(
      'ann',
      () => headers,
      (name, { status }) => {
        // Whose key it is, is what this one asks.
        expect([name, status]).toEqual([name, name === 'POST /sdk/initiate' ? 400 : 401]);
      },
    );
    for (const name of routeNames().filter((each) => each.startsWith('GET '))) {
      const { url } = toRequest(name, EXAMPLES[name]?.(ours, 'ann') ?? { by: 'anyone' });
      const { status, text } = await server.send({ method: 'HEAD', url });
      expect([name, status, text]).toEqual([name, name in PUBLIC ? 200 : 401, '']);
    }
    for (const name of Object.keys(PUBLIC)) {
      const { status } = await server.send(toRequest(name, { by: 'anyone' }));
      expect([name, status]).toEqual([name, 200]);
    }
    expect([dump(ours.id), dump(theirs.id)]).toEqual(before);
  });

  test('AU-5, AU-8: with a token that is expired, foreign or altered every route is a 401', async () => {
    const before = dump(ours.id);
    const past = Math.floor(Date.now() / 1000) - 1;
    const [head = '', , signature = ''] = ours.bob.accessToken.split('.');
    const [, anns = ''] = ours.ann.accessToken.split('.');
    for (const token of [
      signToken({ sub: 'ann', exp: past }),
      signToken({ sub: 'ann' }, 'another-secret-of-the-same-length-as-it'),
      `${head}.${anns}.${signature}`,
      'x.y.z',
    ]) {
      await sendAll(
        'ann',
        ({ by }) => (by === 'login' ? { 'x-api-key': token } : { authorization: `Bearer ${token}` }),
        (name, { status }) =>
          expect([name, status]).toEqual([name, name === 'POST /sdk/initiate' ? 400 : 401]),
      );
    }
    expect(dump(ours.id)).toEqual(before);
  });

  test('AU-8: a preflight needs no credential', async () => {
    for (const name of routeNames()) {
      const [method = '', url = ''] = name.split(' ');
      const headers = { origin: 'https://x.example', 'access-control-request-method': method };
      const { status, text } = await server.send({ method: 'OPTIONS', url, headers });
      expect([name, status, text]).toEqual([name, 204, '']);
    }
  });
});

describe('someone else', () => {
  beforeAll(open);
  afterAll(close);

  test.each(['ann', 'cid'])(
    "AU-3, AU-8: with another user's token, asking as %s, nothing of ann's is read or changed",
    async (uid) => {
      const { ann, cid } = ours;
      const before = dumpOf(ann);
      await sendAll(
        uid,
        ({ by }) => {
          if (by === 'login') return undefined;
          return { authorization: by === 'refresh' ? cid.refreshToken : cid.accessToken };
        },
        (name, reply) => {
          expect([name, world.findLeaks(reply, cid)]).toEqual([name, []]);
          const isOwn = ABOUT_ONESELF.has(name);
          const allowed = uid === 'cid' ? [200, 403, 404] : isOwn ? [200] : [403, 404];
          expect([name, allowed]).toEqual([name, expect.arrayContaining([reply.status])]);
        },
      );
      expect(dumpOf(ann)).toEqual(before);
    },
  );

  test("AU-7, AU-8: with another community's tokens and keys, nothing of this one is read or changed", async () => {
    for (const [victim, attacker] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const before = dump(victim.id);
      for (const headersFor of credentialsOf(attacker)) {
        for (const uid of ['ann', 'nobody']) {
          for (const name of routeNames()) {
            const example = EXAMPLES[name]?.(victim, uid);
            if (example === undefined) continue;
            const reply = await server.send({ ...toRequest(name, example), headers: headersFor(example) });
            const reader = { communityId: attacker.id, uid: undefined };
            expect([name, world.findLeaks(reply, reader)]).toEqual([name, []]);
          }
        }
        expect(dump(victim.id)).toEqual(before);
      }
    }
  });
});

/** Routes that are about the caller and nobody else, whatever they are asked. */
const ABOUT_ONESELF: ReadonlySet<string> = new Set([
  'GET /sdk/initiate',
  'POST /user/refresh',
  'GET /chatroom/sync',
  'POST /chatroom',
  'POST /chatroom/dm/create',
]);

/** A community's tokens, and its keys wherever a key can be. */
function credentialsOf({ id, ann, cid, apiKey }: SecretCommunity): ((example: Example) => Headers)[] {
  const adminKey = id === 1 ? ADMIN_KEY : apiKey;
  const withToken = ({ accessToken, refreshToken }: SecretUser) => {
    return ({ by }: Example): Headers => {
      if (by === 'login') return { 'x-api-key': apiKey };
      return { authorization: by === 'refresh' ? refreshToken : accessToken };
    };
  };
  return [withToken(ann), withToken(cid), () => ({ 'x-api-key': adminKey }), () => ({ token: adminKey })];
}
