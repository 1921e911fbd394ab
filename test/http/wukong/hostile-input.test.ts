import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../../support/check-property.js';
import { bodiesFor, queriesFor, type JsonSchema } from '../../support/hostile-json.js';
import { exchange, parseReply } from '../../support/raw-http.js';
import { startServer, type TestServer } from '../../support/server.js';
import { volatileSqliteKind } from '../../support/stores.js';
import { hastyTimer } from '../../support/test-engine.js';
import { group, person, SYNC, type Reply } from '../../support/wukong-client.js';

const STATUSES: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
};

interface Case {
  readonly name: string;
  readonly url: string;
  readonly schema: JsonSchema;
  readonly isGet: boolean;
}

/** Every route that takes something, with what it says it takes. */
function listCases({ routes }: TestServer): Case[] {
  return routes.flatMap(({ method, url, schema }) => {
    const declared = (schema?.body ?? schema?.querystring) as JsonSchema | undefined;
    const name = `${String(method)} ${url}`;
    return declared ? [{ name, url, schema: declared, isGet: method === 'GET' }] : [];
  });
}

/** Undefined when an answer is a value, or an error as the specification describes it; else what it is. */
function findFault({ outcome, status, text }: Reply, { schema }: Case): string | undefined {
  if (status === 200) return JSON.parse(text) === null ? text : undefined;
  const [, code = '', field = ''] = outcome.split(' ');
  const isNamed = (status !== 400 && status !== 413) || field !== '';
  const known = ['', 'body', ...Object.keys(schema.properties ?? {})];
  const isKnown = STATUSES[code] === status && known.includes(field.replace(/[.[].*$/, ''));
  return isNamed && isKnown && text.length < 1000 ? undefined : text;
}

describe('whatever is sent', () => {
  let server: TestServer;
  let cases: readonly Case[];
  beforeAll(async () => {
    // Who asks to wait is not waited for: it would take the time that the others need.
    server = await startServer({ kind: volatileSqliteKind, timer: hastyTimer });
    cases = listCases(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test(
    'ER-2, ER-4, ER-5: every route answers with a value or with an error of the documented form',
    async () => {
      expect(cases.map(({ name }) => name)).toContain('POST /conversation/sync');
      expect(cases.length).toBeGreaterThanOrEqual(14);
      const seen = new Set<string>();
      const requests = fc.oneof(
        ...cases.map((each) =>
          (each.isGet ? queriesFor : bodiesFor)(each.schema).map((sent) => ({ each, sent })),
        ),
      );
      await checkProperty(
        fc.asyncProperty(requests, async ({ each, sent }) => {
          const { client } = server;
          const reply = each.isGet
            ? await client.get(`${each.url}?${sent}`)
            : await client.post(each.url, sent);
          expect(findFault(reply, each), `${each.name} ${sent.slice(0, 500)}`).toBeUndefined();
          seen.add(`${each.name} ${reply.status}`);
        }),
        { runs: 3000 },
      );
      // Not everything was refused at the door: each route has done its work, and has refused.
      for (const { name } of cases)
        for (const status of [200, 400]) expect(seen).toContain(`${name} ${status}`);
    },
    PROPERTY_TIMEOUT_MS,
  );

  test('ER-5: afterwards the server is as it was, and nobody has what is not his', async () => {
    const { client } = server;
    expect((await client.get('/ready')).status).toBe(200);
    await client.say('carol', person('dave'), 'hello');
    expect(await client.list('dave')).toMatchObject([{ channel_id: 'carol', unread: 1 }]);
    expect({}).not.toHaveProperty('isOn');
    expect(Object.prototype).not.toHaveProperty('x');
  });
});

test('ER-5: bytes that are not UTF-8 are answered, in a body and in a URL', async () => {
  await using server = await startServer();
  const bytes = [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf0, 0x28, 0x8c, 0xbc], [0]];
  for (const each of bytes) {
    const body = Buffer.concat([Buffer.from('{"uid":"a'), Buffer.from(each), Buffer.from('"}')]);
    const headers = { 'content-type': 'application/json' };
    const inBody = await server.client.request('POST', SYNC, { body, headers });
    expect([each, [200, 400].includes(inBody.status)]).toEqual([each, true]);
    const head = Buffer.from('GET /channel/max_message_seq?channel_type=2&channel_id=a');
    const rest = Buffer.from(' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const inUrl = parseReply(await exchange(server.port, Buffer.concat([head, Buffer.from(each), rest])));
    expect([each, [200, 400].includes(inUrl.status)]).toEqual([each, true]);
  }
});

test('ER-5: names that are special in JavaScript or in SQL are names like any other', async () => {
  for (const kind of [undefined, volatileSqliteKind]) {
    await using server = await startServer(kind && { kind });
    const { client } = server;
    const names = [
      '__proto__',
      'constructor',
      'toString',
      "Robert'); DROP TABLE messages; --",
      '%',
      '_',
      '*',
      '?',
      ':name',
      '@uid',
      '$1',
      '\\',
      '"',
      '`',
      '[]',
      '{}',
      'null',
      'NaN',
      '0',
      '-1',
      '1e3',
    ];
    for (const name of names) {
      await client.makeGroup(group(name), ['watcher', name]);
      await client.say(name, group(name), { text: name, client_msg_no: name });
      await client.say(name, person('watcher'), name);
      await client.change('setUnread', 'watcher', { ...group(name), unread: 2 });
    }
    const rows = await client.list('watcher', {
      last_msg_seqs: names.map((name) => `${name}:2:0`).join('|'),
    });
    const ids = rows.map((row) => `${row.channel_type} ${row.channel_id} ${row.unread}`);
    expect(ids.toSorted()).toEqual(names.flatMap((name) => [`1 ${name} 1`, `2 ${name} 2`]).toSorted());
  }
});
