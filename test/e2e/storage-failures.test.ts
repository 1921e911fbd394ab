import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { listFullDisks } from '../support/full-disk.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { runCli, startCli } from '../support/tidemark-process.js';
import { group, only, WukongClient, type Reply } from '../support/wukong-client.js';

const team = group('team');

/** Sends a message of some size, known by its number. */
function send(client: WukongClient, number: number): Promise<Reply> {
  return client.send('ann', team, { text: 'x'.repeat(40_000), client_msg_no: `no-${number}` });
}

/** What is stored, in its order: the client_msg_no of each message. */
async function stored(client: WukongClient): Promise<string[]> {
  const { messages } = await client.messages('ann', team, {
    limit: 1000,
    pull_mode: 1,
    start_message_seq: 1,
  });
  expect(messages.map(({ message_seq: seq }) => seq)).toEqual(messages.map((_message, index) => index + 1));
  return messages.map(({ client_msg_no: clientMsgNo }) => clientMsgNo);
}

function expectRefusal(reply: Reply): void {
  expect(reply.outcome).toBe('503 UNAVAILABLE');
  expect(Number(reply.header('retry-after'))).toBeGreaterThan(0);
}

test.each(listFullDisks())(
  'HD-10: a full disk refuses writes, answers reads, loses nothing, and recovers: $name',
  async (disk) => {
    await using cramped = await disk.start();
    const client = new WukongClient(cramped.server.url);
    await client.makeGroup(team, ['ann', 'bob']);
    const acknowledged: string[] = [];
    for (let number = 1; number < 200; number += 1) {
      const reply = await send(client, number);
      if (reply.status !== 200) break;
      acknowledged.push(`no-${number}`);
    }
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(acknowledged.length).toBeLessThan(199);
    const next = acknowledged.length + 1;

    for (let turn = 0; turn < 3; turn += 1) {
      expectRefusal(await send(client, next));
      expect((await client.find('bob', team)).unread).toBe(acknowledged.length);
      expect(await stored(client)).toEqual(acknowledged);
    }

    cramped.makeRoom();
    for (let number = next; number < next + 5; number += 1) {
      expect((await send(client, number)).status).toBe(200);
      acknowledged.push(`no-${number}`);
    }
    cramped.server.kill('SIGKILL');
    await cramped.server.finished;
    await using again = await startCli(['--db', cramped.db]);
    expect(await stored(new WukongClient(again.url))).toEqual(acknowledged);
  },
);

test('HD-10: while another program locks the database, writes are a 503 and reads go on', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  await using server = await startCli(['--db', db]);
  const client = new WukongClient(server.url);
  await client.makeGroup(team, ['ann', 'bob']);
  expect((await send(client, 1)).status).toBe(200);

  const other = openDatabase(db);
  other.exec('BEGIN EXCLUSIVE');
  const write = send(client, 2);
  // Who reads does not wait for who writes.
  const poll = client.sync({ uid: 'bob' });
  expect(await Promise.race([write, poll])).toBe(await poll);
  expect(only((await poll).json as unknown[])).toMatchObject({ channel_id: 'team', unread: 1 });
  expectRefusal(await write);
  expect((await client.find('bob', team)).unread).toBe(1);
  other.exec('ROLLBACK');
  other.close();

  expect((await send(client, 2)).status).toBe(200);
  expect(await stored(client)).toEqual(['no-1', 'no-2']);
});

test('HD-10, OP-8: a database that another program keeps to itself is said to be locked at the start', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  expect((await runCli(['migrate', '--db', db])).code).toBe(0);
  const other = openDatabase(db);
  other.pragma('locking_mode = EXCLUSIVE');
  other.exec('BEGIN EXCLUSIVE; COMMIT');
  const { code, stderr } = await runCli(['serve', '--port', '0', '--db', db]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(`${db} is locked by another program: wait for it`),
  ]);
  other.close();
});
