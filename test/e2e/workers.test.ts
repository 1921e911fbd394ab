import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { runCli, type Serving, startCli } from '../support/tidemark-process.js';
import { group, only, person, WukongClient, type WireConversation } from '../support/wukong-client.js';

const PATIENCE = { timeout: 30_000, interval: 20 };

async function startWorkers(db: string, count = 2): Promise<Serving & { readonly client: WukongClient }> {
  const serving = await startCli(['--db', db, '--workers', String(count)]);
  return { ...serving, client: new WukongClient(serving.url) };
}

/** The processes that a process has started. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

test('OP-13: what one worker has written, every other one reads at once', async () => {
  using folder = createTemporaryFolder();
  await using server = await startWorkers(`${folder.path}/tidemark.db`, 3);
  expect(childrenOf(server.pid)).toHaveLength(3);
  for (let sent = 1; sent <= 60; sent += 1) {
    // Connections go round the workers: a new one for each request.
    await server.client.say('ann', person('ben'), `message ${sent}`);
    const replies = await Promise.all([1, 2, 3].map(() => server.client.list('ben')));
    expect(replies.map((rows) => only(rows).last_msg_seq)).toEqual([sent, sent, sent]);
  }
});

test('OP-13, WK-18: who waits at one worker is woken by what another one writes', async () => {
  using folder = createTemporaryFolder();
  await using server = await startWorkers(`${folder.path}/tidemark.db`);
  await server.client.say('ann', person('ben'), 'first');
  let version = only(await server.client.list('ben')).version;
  for (let turn = 0; turn < 12; turn += 1) {
    const startMs = performance.now();
    const waiting = [1, 2, 3, 4].map(() => server.client.sync({ uid: 'ben', version, wait: 50 }));
    await server.client.say('ann', person('ben'), `turn ${turn}`);
    const rows = (await Promise.all(waiting)).map((reply) => only(reply.ok<WireConversation[]>()));
    expect(new Set(rows.map((row) => row.last_msg_seq))).toEqual(new Set([turn + 2]));
    expect(performance.now() - startMs).toBeLessThan(45_000);
    version = Math.max(...rows.map((row) => row.version));
  }
});

test('OP-13: a worker that is killed is replaced, and nothing that was acknowledged is lost', async () => {
  using folder = createTemporaryFolder();
  await using server = await startWorkers(`${folder.path}/tidemark.db`);
  const victims: number[] = [];
  let acknowledged = 0;
  const over = new AbortController();
  const writers = [1, 2, 3, 4].map(async (writer) => {
    for (let sent = 0; !over.signal.aborted; sent += 1) {
      const reply = await server.client
        .send(`writer${writer}`, group('g'), { text: 'x', client_msg_no: `${writer}/${sent}` })
        .catch(() => undefined);
      if (reply?.status === 200) acknowledged += 1;
    }
  });
  for (let kill = 0; kill < 3; kill += 1) {
    const before = acknowledged;
    await vi.waitUntil(() => acknowledged > before + 20, PATIENCE);
    const [victim] = childrenOf(server.pid);
    if (victim === undefined) throw new Error('there are no workers');
    victims.push(victim);
    process.kill(victim, 'SIGKILL');
    await vi.waitUntil(() => {
      const children = childrenOf(server.pid);
      return children.length === 2 && !children.includes(victim);
    }, PATIENCE);
  }
  over.abort();
  await Promise.all(writers);
  // Connections to the one that was killed last may still be in the client's pool.
  const ask = () => server.client.get('/channel/max_message_seq', group('g')).catch(() => undefined);
  const reply = await vi.waitUntil(ask, PATIENCE);
  const { message_seq: stored } = reply.ok<{ message_seq: number }>();
  expect(stored).toBeGreaterThanOrEqual(acknowledged);
  const lines = server.output().split('\n');
  const ends = lines.filter((line) => line.includes('a worker ended: starting another'));
  expect(ends.map((line) => Array.from(line.matchAll(/"(?:pid|worker)":\d+/g), String))).toEqual(
    victims.map((victim) => [`"pid":${server.pid}`, `"worker":${victim}`]),
  );
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'OP-13, OP-2: %s answers those who wait, ends all workers and exits 0',
  async (signal) => {
    using folder = createTemporaryFolder();
    await using server = await startWorkers(`${folder.path}/tidemark.db`);
    const workers = childrenOf(server.pid);
    await server.client.say('ann', person('ben'), 'hello');
    const version = only(await server.client.list('ben')).version;
    const waiting = [1, 2, 3, 4].map(() => server.client.sync({ uid: 'ben', version, wait: 50 }));
    // Connections are taken in the order in which they came: these have arrived once later ones are answered.
    await Promise.all([1, 2, 3, 4].map(() => server.client.list('ann')));
    server.kill(signal);
    expect((await Promise.all(waiting)).map(({ text }) => text)).toEqual(['[]', '[]', '[]', '[]']);
    expect((await server.finished).code).toBe(0);
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  },
);

test('OP-13, OP-8: what prevents a start is said once', async () => {
  using folder = createTemporaryFolder();
  await using taken = await startWorkers(`${folder.path}/tidemark.db`);
  const port = new URL(taken.url).port;
  const second = await runCli(['serve', '--db', `${folder.path}/other.db`, '--port', port, '--workers', '2']);
  expect(second.code).toBe(1);
  expect(second.stderr.trim().split('\n')).toHaveLength(1);
  expect(second.stderr).toContain(`port ${port} of 127.0.0.1 is taken`);
});

test('OP-13: a store in memory cannot be shared', async () => {
  const { code, stderr } = await runCli(['serve', '--db', 'memory:', '--workers', '2']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('memory: belongs to one process')]);
});
