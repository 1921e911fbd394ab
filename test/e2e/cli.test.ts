import { readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createVerifier } from 'fast-jwt';
import { describe, expect, test, vi } from 'vitest';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { runCli, startCli, waitForOutput } from '../support/tidemark-process.js';

const PATIENCE = { timeout: 30_000, interval: 10 };
const MEMORY = ['--db', 'memory:'];

interface HeldRequest extends Disposable {
  /** What has been answered so far. */
  received(): string;
  /** Sends the rest of the request, and resolves to the whole answer. */
  complete(): Promise<string>;
}

/** A request that the server has taken up and that waits for the end of its body. */
async function holdRequest(url: string): Promise<HeldRequest> {
  const body = JSON.stringify({ uid: 'user123' });
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname).setEncoding('utf8');
  let received = '';
  socket.on('data', (chunk: string) => (received += chunk));
  const head = ['POST /conversation/sync HTTP/1.1', 'host: test', 'content-type: application/json'];
  socket.write([...head, `content-length: ${body.length}`, 'expect: 100-continue', '', ''].join('\r\n'));
  await vi.waitUntil(() => received.startsWith('HTTP/1.1 100'), PATIENCE);
  return {
    received: () => received,
    complete: async () => {
      socket.write(body);
      await vi.waitUntil(() => socket.readableEnded || socket.destroyed, PATIENCE);
      return received;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

function isAccepting(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('serve', () => {
  test('OP-1: it listens where it says, and is healthy and ready', async () => {
    await using server = await startCli(MEMORY);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const path of ['/health', '/ready']) {
      const response = await fetch(server.url + path);
      expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    }
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'OP-2: %s answers what is in flight and exits 0',
    async (signal) => {
      using folder = createTemporaryFolder();
      await using server = await startCli(['--db', join(folder.path, 'tidemark.db')]);
      using request = await holdRequest(server.url);
      server.kill(signal);
      await vi.waitUntil(async () => !(await isAccepting(server.url)), PATIENCE);
      expect(await request.complete()).toMatch(/HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\[\]/);
      expect(await server.finished).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test('OP-2: an idle connection that is kept alive does not hold up the end', async () => {
    await using server = await startCli(MEMORY);
    await (await fetch(`${server.url}/health`)).text();
    server.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 0 });
  });

  test('OP-2: a connection that has sent nothing, or half a request, does not hold up the end', async () => {
    await using server = await startCli(MEMORY);
    const { hostname, port } = new URL(server.url);
    const sockets = ['', 'GET /health HTTP/1.1\r\nho'].map((text) => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      if (text !== '') socket.write(text);
      return socket;
    });
    await vi.waitUntil(() => sockets.every(({ connecting }) => !connecting), PATIENCE);
    await (await fetch(`${server.url}/health`)).text();
    server.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 0 });
  });

  test('OP-2: a second signal exits at once', async () => {
    await using server = await startCli(MEMORY);
    using request = await holdRequest(server.url);
    const startMs = performance.now();
    let hasFinished = false;
    void server.finished.then(() => (hasFinished = true));
    await vi.waitUntil(() => {
      server.kill('SIGTERM');
      return hasFinished;
    }, PATIENCE);
    expect(await server.finished).toMatchObject({ code: 1 });
    expect(server.output()).toContain('told twice to stop');
    expect(performance.now() - startMs).toBeLessThan(9000);
    expect(request.received()).not.toContain('200 OK');
  });

  test('OP-2: a signal that npm passes on besides the terminal counts once', async () => {
    await using server = await startCli(MEMORY);
    using request = await holdRequest(server.url);
    server.kill('SIGINT');
    await waitForOutput(server, /stopping: answering/);
    server.kill('SIGINT');
    expect(await request.complete()).toContain('200 OK');
    expect(await server.finished).toMatchObject({ code: 0 });
  });

  test('OP-2: what was acknowledged before the end is there after the next start', async () => {
    using folder = createTemporaryFolder();
    const args = ['--db', join(folder.path, 'tidemark.db')];
    const send = { from_uid: 'alice', channel_id: 'bob', channel_type: 1, payload: 'aGk=' };
    const post = async (url: string, body: object): Promise<unknown> => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    };
    {
      await using server = await startCli(args);
      expect(await post(`${server.url}/message/send`, send)).toMatchObject({ message_seq: 1 });
      server.kill('SIGTERM');
      await server.finished;
    }
    await using server = await startCli(args);
    const conversations = await post(`${server.url}/conversation/sync`, { uid: 'bob' });
    expect(conversations).toMatchObject([{ channel_id: 'alice', unread: 1 }]);
  });

  test('CF-2: open access on every address is refused with what to do, and starts when asked for', async () => {
    const { code, stderr } = await runCli(['serve', '--port', '0', ...MEMORY, '--host', '0.0.0.0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tidemark: host 0\.0\.0\.0 .*--auth required .*--auth open .*\n$/);
    await using server = await startCli([...MEMORY, '--host', '0.0.0.0'], { TIDEMARK_AUTH: 'open' });
    expect(server.url).toMatch(/^http:\/\/0\.0\.0\.0:/);
    expect(server.output()).toContain('no credential is asked for');
  });

  test('OP-8: a port that is taken is said in one line', async () => {
    await using server = await startCli(MEMORY);
    const { port } = new URL(server.url);
    const { code, stdout, stderr } = await runCli(['serve', ...MEMORY, '--port', port]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^tidemark: port ${port} of 127.0.0.1 is taken: .*--port.*\n$`));
  });

  test('CF-4: a misspelled variable keeps it from starting', async () => {
    const { code, stderr } = await runCli(['serve', ...MEMORY], { TIDEMARK_PROT: '0' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tidemark: TIDEMARK_PROT is not a setting .*\n$/);
  });

  test('CF-3: no secret is ever logged, made or configured, whoever sends it', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'tidemark.db');
    const apiKey = 'an admin key of the test';
    const token = (await runCli(['token', 'alice', '--db', db])).stdout.trim();
    const { jwtSecret } = JSON.parse(readFileSync(`${db}.secrets.json`, 'utf8')) as { jwtSecret: string };
    await using server = await startCli(['--db', db, '--log-level', 'trace'], { TIDEMARK_API_KEY: apiKey });
    const authorization = `Bearer ${token}`;
    const credentials = [{ authorization }, { 'x-api-key': apiKey }, { 'x-api-key': 'a wrong admin key' }];
    for (const headers of credentials) {
      await (
        await fetch(`${server.url}/conversation/sync?token=${token}`, { method: 'POST', headers })
      ).text();
    }
    server.kill('SIGTERM');
    const { stdout, stderr } = await server.finished;
    expect(stdout).toContain('/conversation/sync');
    for (const secret of [jwtSecret, apiKey, token, 'a wrong admin key']) {
      expect(stdout + stderr).not.toContain(secret);
    }
  });
});

describe('token', () => {
  test("OP-3: it prints a token of the server's own secret, and nothing else", async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'new', 'tidemark.db');
    const { code, stdout, stderr } = await runCli(['token', 'auth0|5f7c', '--db', db]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(statSync(`${db}.secrets.json`).mode & 0o777).toBe(0o600);
    const { jwtSecret } = JSON.parse(readFileSync(`${db}.secrets.json`, 'utf8')) as { jwtSecret: string };
    const claims = createVerifier({ key: jwtSecret, algorithms: ['HS256'] })(stdout.trim()) as unknown;
    expect(claims).toEqual({
      sub: 'auth0|5f7c',
      community: 1,
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    const { iat, exp } = claims as { iat: number; exp: number };
    expect(exp - iat).toBe(30 * 24 * 60 * 60);
  });

  test('OP-3: a server that asks for credentials takes it for that user, and for no other', async () => {
    using folder = createTemporaryFolder();
    const args = ['--db', join(folder.path, 'tidemark.db')];
    await using server = await startCli([...args, '--auth', 'required']);
    const { stdout } = await runCli(['token', 'alice', ...args, '--days', '1']);
    const ask = async (uid: string, authorization?: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
      const init = { method: 'POST', headers, body: JSON.stringify({ uid }) };
      return (await fetch(`${server.url}/conversation/sync`, init)).status;
    };
    const bearer = `Bearer ${stdout.trim()}`;
    expect([await ask('alice'), await ask('alice', bearer), await ask('bob', bearer)]).toEqual([
      401, 200, 403,
    ]);
  });

  test('OP-3: the secret may come from the configuration, also where nothing is kept', async () => {
    const settings = { TIDEMARK_JWT_SECRET: 'a secret of at least thirty-two characters' };
    const { stdout } = await runCli(['token', 'alice', ...MEMORY, '--community', '7'], settings);
    const verify = createVerifier({ key: settings.TIDEMARK_JWT_SECRET, algorithms: ['HS256'] });
    expect(verify(stdout.trim())).toMatchObject({ sub: 'alice', community: 7 });
  });

  test.each([
    [['token', '', ...MEMORY], 1, /uid must be 1 to 256 bytes/],
    [['token', 'a\nb', ...MEMORY], 1, /uid must be 1 to 256 bytes/],
    [['token', '____system', ...MEMORY], 1, /nobody's uid/],
    [['token', 'alice', ...MEMORY], 1, /set TIDEMARK_JWT_SECRET for both/],
    [['token', 'alice', '--days', '0'], 2, /whole number from 1/],
    [['token'], 2, /missing required argument/],
  ] as const)('OP-3: %j is refused', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(message);
  });
});

describe('migrate and demo', () => {
  test('OP-4: the first run applies what is missing and the second finds nothing to do', async () => {
    using folder = createTemporaryFolder();
    const args = ['migrate', '--db', join(folder.path, 'tidemark.db')];
    expect(await runCli(args)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(applied \d{4}_\w+\n)+$/),
    });
    expect(await runCli(args)).toEqual({ code: 0, stdout: 'up to date\n', stderr: '' });
  });

  test('OP-5: the demo loads once, and the server shows it', async () => {
    using folder = createTemporaryFolder();
    const args = ['--db', join(folder.path, 'tidemark.db')];
    expect(await runCli(['demo', ...args])).toMatchObject({
      code: 0,
      stdout: 'loaded 42 messages of 7 users\n',
    });
    expect(await runCli(['demo', ...args])).toMatchObject({ code: 0, stdout: 'the demo is there already\n' });
    await using server = await startCli(args);
    const response = await fetch(`${server.url}/conversation/sync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uid: 'user123', msg_count: 1 }),
    });
    const conversations = (await response.json()) as {
      channel_id: string;
      unread: number;
      timestamp: number;
    }[];
    expect(conversations.map(({ channel_id, unread }) => [channel_id, unread])).toEqual([
      ['demo-coffee', 1],
      ['demo-news', 1],
      ['group1', 0],
      ['group123', 5],
      ['user789', 2],
      ['alice', 0],
      ['user456', 0],
      ['user1', 0],
    ]);
    // The colleagues' chats are of the last two days.
    const times = conversations.slice(3).map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(new Set(times).size).toBe(times.length);
  });

  test.each(['migrate', 'demo'])(
    'OP-8: %s says that a store that keeps nothing is no use to it',
    async (command) => {
      const { code, stderr } = await runCli([command, ...MEMORY]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^tidemark: memory: .*--db.*\n$/);
    },
  );
});

describe('the command line', () => {
  test.each([[['--nonsense']], [['serve', '--nonsense']], [['nonsense']], [[]]])(
    'OP-8: wrong usage %j exits 2 and shows no stack',
    async (args) => {
      const { code, stdout, stderr } = await runCli(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).not.toMatch(/^ +at /m);
    },
  );

  test('CF-1: the help of serve lists every setting with its variable', async () => {
    const { code, stdout } = await runCli(['serve', '--help']);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'address to listen on (TIDEMARK_HOST, default 127.0.0.1)',
    );
    expect(stdout).toContain('TIDEMARK_JWT_SECRET');
  });

  test('CF-1: --version is the version of the package', async () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });
});
