import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/domain/errors.js';
import { startServer } from '../../support/server.js';
import { exchange, parseReply, rawPost, rawRequest } from '../../support/raw-http.js';
import { group, payloadOf, person, SEND, SYNC } from '../../support/wukong-client.js';

const MIB = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

/** A JSON body of exactly so many bytes. */
function bodyOfBytes(bytes: number): string {
  const empty = JSON.stringify({ uid: 'bob', padding: '' });
  return JSON.stringify({ uid: 'bob', padding: 'x'.repeat(bytes - empty.length) });
}

describe('ER-1: every status', () => {
  test('ER-1, ER-2: 400 INVALID_ARGUMENT names the field', async () => {
    await using server = await startServer();
    const reply = await server.client.sync({ uid: '' });
    expect(reply.outcome).toBe('400 INVALID_ARGUMENT uid');
    expect(reply.error.msg).toContain('uid');
  });

  test('ER-1, ER-2: a field inside another is named by its path', async () => {
    await using server = await startServer();
    const named = [
      [SYNC, { uid: 'bob', exclude_channel_types: [2, 'x'] }, 'exclude_channel_types[1]'],
      [SYNC, { uid: 'bob', last_msg_seqs: 'a:2:1|b:2:1|c' }, 'last_msg_seqs[2]'],
      [
        '/conversation/syncByChannels',
        { uid: 'bob', channels: [group('g'), { channel_type: 2 }] },
        'channels[1].channel_id',
      ],
      ['/conversation/syncByChannels', { uid: 'bob', channels: [group('', 2)] }, 'channels[0].channel_id'],
      ['/conversation/syncByChannels', { uid: 'bob', channels: [group('g', 0)] }, 'channels[0].channel_type'],
      ['/conversation/syncByChannels', { uid: 'bob', channels: [null] }, 'channels[0]'],
      [SEND, { ...group('g'), payload: 'aGk=', header: { red_dot: 5 } }, 'header.red_dot'],
      ['/channel', { ...group('g'), subscribers: ['a', 'b', 'c\n'] }, 'subscribers[2]'],
      [SYNC, [], 'body'],
      [SYNC, 'null', 'body'],
      [SYNC, '"text"', 'body'],
    ] as const;
    for (const [path, body, field] of named) {
      const reply = await server.client.post(path, body);
      expect(reply.outcome).toBe(`400 INVALID_ARGUMENT ${field}`);
    }
  });

  test('ER-1: 401 UNAUTHENTICATED, 403 PERMISSION_DENIED, 404 NOT_FOUND, 409 CONFLICT', async () => {
    await using server = await startServer();
    const { client } = server;
    await client.say('alice', person('bob'), { text: '1', client_msg_no: 'no-1' });
    const replies = [
      await client.with({ 'x-api-key': 'wrong' }).sync({ uid: 'bob' }),
      await server.as('alice').sync({ uid: 'bob' }),
      await client.post('/conversations/setUnread', { uid: 'bob', ...group('g'), unread: 1 }),
      await client.send('alice', person('bob'), { text: '2', client_msg_no: 'no-1' }),
    ];
    expect(replies.map(({ outcome }) => outcome)).toEqual([
      '401 UNAUTHENTICATED',
      '403 PERMISSION_DENIED uid',
      '404 NOT_FOUND',
      '409 CONFLICT client_msg_no',
    ]);
  });

  test('ER-1: 503 UNAVAILABLE comes with Retry-After', async () => {
    const full = async (): Promise<never> => {
      throw new AppError('UNAVAILABLE', 'the database cannot serve this right now', {
        cause: new Error('/secret/path'),
      });
    };
    await using server = await startServer({
      override: { sendMessage: full, listConversations: full, ping: full },
    });
    for (const reply of [
      await server.client.send('alice', person('bob'), 'hello'),
      await server.client.sync({ uid: 'bob' }),
    ]) {
      expect(reply.outcome).toBe('503 UNAVAILABLE');
      expect(Number(reply.header('retry-after'))).toBeGreaterThan(0);
      expect(reply.text).not.toContain('secret');
    }
  });

  test('ER-5: a 500 says nothing of what happened inside', async () => {
    await using server = await startServer({
      override: {
        sendMessage: () => Promise.reject(new TypeError('cannot read /secret/path')),
        listConversations: () => {
          throw new AppError('INTERNAL', 'the secret cause', { field: 'secret' });
        },
        listMessages: () => Promise.reject('secret text'),
        findConversations: () => Promise.reject(Object.assign(new Error('secret'), { statusCode: 200 })),
      },
    });
    const { client } = server;
    for (const reply of [
      await client.send('alice', person('bob'), 'hello'),
      await client.sync({ uid: 'bob' }),
      await client.post('/channel/messagesync', { login_uid: 'bob', ...group('g') }),
      await client.post('/conversation/syncByChannels', { uid: 'bob', channels: [] }),
    ]) {
      expect(reply.outcome).toBe('500 INTERNAL');
      expect(reply.text).not.toContain('secret');
      expect(reply.error.field).toBeUndefined();
    }
  });
});

describe('ER-3: what never reaches a handler', () => {
  test('ER-3: malformed JSON', async () => {
    await using server = await startServer();
    for (const text of [
      '',
      '{',
      '{"uid":"bob",}',
      "{'uid':'bob'}",
      '{"uid":"bob"} x',
      'NaN',
      '\u{FEFF}{',
      '[1e]',
      '{"uid":"b\nob"}',
    ]) {
      const reply = await server.client.post(SYNC, text);
      expect(reply.outcome).toBe('400 INVALID_ARGUMENT body');
    }
  });

  test('ER-3: a body that is not in UTF-8 names nobody', async () => {
    await using server = await startServer();
    const post = (name: string, encoding: 'latin1' | 'utf8') => {
      const body = Buffer.from(
        JSON.stringify({ uid: name, channel_id: 'bob', channel_type: 1, unread: 1 }),
        encoding,
      );
      return server.client.request('POST', '/conversations/setUnread', { body, headers: JSON_TYPE });
    };
    for (const name of ['andré', 'andrè', 'ß', '\u{80}']) {
      expect((await post(name, 'latin1')).outcome).toBe('400 INVALID_ARGUMENT body');
      expect((await post(name, 'utf8')).outcome).toBe(name === '\u{80}' ? '400 INVALID_ARGUMENT uid' : '200');
    }
    expect(await server.client.list('andré')).toHaveLength(1);
    expect(await server.client.list('andr\u{FFFD}')).toEqual([]);
    expect((await post('andr\u{FFFD}', 'utf8')).outcome).toBe('200');
  });

  test('ER-3: another content type is a 415', async () => {
    await using server = await startServer();
    const body = '{"uid":"bob"}';
    const types = [
      'text/plain',
      'text/html; charset=utf-8',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/xml',
      'x',
      'application/jsonp',
    ];
    for (const type of types) {
      const reply = await server.client.request('POST', SYNC, { body, headers: { 'content-type': type } });
      expect(reply.outcome).toBe('415 UNSUPPORTED_MEDIA_TYPE content-type');
    }
    const untyped = await server.client.request('POST', SYNC, { body: Buffer.from(body) });
    expect(untyped.outcome).toBe('415 UNSUPPORTED_MEDIA_TYPE content-type');
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON;charset=UTF-8',
    ]) {
      const reply = await server.client.request('POST', SYNC, { body, headers: { 'content-type': type } });
      expect([type, reply.status]).toEqual([type, 200]);
    }
  });

  test('ER-3: no body at all is a 400', async () => {
    await using server = await startServer();
    for (const headers of [{}, JSON_TYPE]) {
      const reply = await server.client.request('POST', SYNC, { headers });
      expect(reply.outcome).toBe('400 INVALID_ARGUMENT body');
    }
  });

  test('ER-3: an unknown route is a 404', async () => {
    await using server = await startServer();
    const paths = [
      '/',
      '//',
      '/conversations',
      '/conversation/sync/',
      '/Conversation/Sync',
      '/conversation/sync/x',
      '/%2e%2e/etc',
      '/:a(',
      '/:a([)',
      '/*',
      '/?a=1',
      '//evil.example/x',
      '/\u{20AC}',
    ];
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        const reply = await rawRequest(server.port, method, encodeURI(path));
        expect(reply.outcome).toBe('404 NOT_FOUND');
      }
    }
  });

  test('ER-3: a wrong method is a 405 with Allow, on every route', async () => {
    await using server = await startServer();
    const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'];
    // The other dialect has this one.
    const other = 'GET /conversation/sync';
    for (const { method, url } of server.routes) {
      for (const wrong of methods.filter((each) => each !== method && `${each} ${url}` !== other)) {
        for (const target of [`${url}?x=1`, `http://tidemark.example${url}`]) {
          const reply = await rawRequest(server.port, wrong, target);
          expect([wrong, target, reply.outcome]).toEqual([wrong, target, '405 METHOD_NOT_ALLOWED']);
          const allowed = reply.header('allow')?.split(', ') ?? [];
          expect([allowed.includes(String(method)), allowed.includes(wrong)]).toEqual([true, false]);
        }
      }
    }
  });

  test('ER-3: a URL that cannot be read is a 400 that names it', async () => {
    await using server = await startServer();
    for (const url of ['/%zz', '/conversation/%', '/%E0%A4%A']) {
      const reply = await rawRequest(server.port, 'GET', url);
      expect(reply.outcome).toBe('400 INVALID_ARGUMENT url');
    }
    for (const url of ['http://[', 'http://', '*', 'http://x:99999/health?', '//[', '/\\', '?']) {
      const reply = await rawRequest(server.port, 'GET', url);
      expect(['200', '404 NOT_FOUND', '400 INVALID_ARGUMENT', '400 INVALID_ARGUMENT url']).toContain(
        reply.outcome,
      );
    }
  });

  test('ER-3, ER-5: what is not HTTP is answered in the same form, and the server goes on', async () => {
    await using server = await startServer();
    const junk = [
      'hello\r\n\r\n',
      '\0\0\0\0\r\n\r\n',
      'GET /health HTTP/9.9\r\n\r\n',
      'GET /health HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n',
      'POST /conversation/sync HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST /conversation/sync HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
      'POST /conversation/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /conversation/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ];
    for (const bytes of junk) {
      const reply = parseReply(await exchange(server.port, bytes));
      expect([bytes.slice(0, 80), reply.outcome]).toEqual([bytes.slice(0, 80), '400 INVALID_ARGUMENT']);
    }
    expect((await server.client.get('/health')).status).toBe(200);
  });

  test('ER-5: bodies that are cut off, and clients that hang up, leave the server well', async () => {
    await using server = await startServer();
    const whole = rawPost(
      SEND,
      JSON.stringify({ from_uid: 'alice', ...person('bob'), payload: payloadOf('hello') }),
    );
    for (const length of [10, whole.indexOf('\r\n\r\n') + 4, whole.length - 1]) {
      const text = await exchange(server.port, whole.slice(0, length), { hangUp: true });
      expect(['', '400 INVALID_ARGUMENT']).toContain(text && parseReply(text).outcome);
    }
    expect(await server.client.list('bob')).toEqual([]);
    expect(parseReply(await exchange(server.port, whole)).status).toBe(200);
    expect(await server.client.list('bob')).toHaveLength(1);
  });
});

describe('ER-4: limits', () => {
  test('ER-4: a body of 1 MiB is read, one byte more is a 413', async () => {
    await using server = await startServer();
    expect((await server.client.post(SYNC, bodyOfBytes(MIB))).status).toBe(200);
    const reply = await server.client.post(SYNC, bodyOfBytes(MIB + 1));
    expect(reply.outcome).toBe('413 PAYLOAD_TOO_LARGE body');
    // Without a length in advance as well.
    const chunk = `{"uid":"${'x'.repeat(70_000)}"}`;
    const chunks = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(16);
    const head = `POST ${SYNC} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n`;
    const text = await exchange(server.port, `${head}Connection: close\r\n\r\n${chunks}0\r\n\r\n`);
    expect(parseReply(text).outcome).toBe('413 PAYLOAD_TOO_LARGE body');
  });

  test('ER-4: a payload of 64 KiB is sent, one byte more is a 413, on each way of sending', async () => {
    await using server = await startServer();
    const { client } = server;
    const most = Buffer.alloc(64 * 1024, 7).toString('base64');
    const more = Buffer.alloc(64 * 1024 + 1, 7).toString('base64');
    const sends = [
      [SEND, { from_uid: 'alice', ...person('bob') }],
      [SEND, { from_uid: 'alice', ...person('bob'), header: { no_persist: 1 } }],
      [SEND, { from_uid: 'alice', subscribers: ['bob'], header: { sync_once: 1 } }],
      ['/message/sendbatch', { from_uid: 'alice', subscribers: ['bob'] }],
    ] as const;
    for (const [path, body] of sends) {
      expect((await client.post(path, { ...body, payload: most })).status).toBe(200);
      const reply = await client.post(path, { ...body, payload: more });
      expect(reply.outcome).toBe('413 PAYLOAD_TOO_LARGE payload');
    }
    const rows = await client.list('bob', { msg_count: 5 });
    expect(rows[0]?.messages.map(({ payload }) => payload)).toEqual([most, most]);
  });

  test('ER-4: 100 001 subscribers are a 400 that names the field, on each route that takes them', async () => {
    await using server = await startServer();
    const subscribers = Array.from({ length: 100_001 }, () => 'a');
    const takers = [
      ['/channel', group('g')],
      ['/channel/subscriber_add', group('g')],
      ['/channel/subscriber_remove', group('g')],
      ['/message/sendbatch', { from_uid: 'alice', payload: 'aGk=' }],
      [SEND, { from_uid: 'alice', payload: 'aGk=', header: { sync_once: 1 } }],
    ] as const;
    for (const [path, body] of takers) {
      const reply = await server.client.post(path, { ...body, subscribers });
      expect([path, reply.outcome]).toEqual([path, '400 INVALID_ARGUMENT subscribers']);
    }
    expect(await server.client.list('a')).toEqual([]);
  });
});
