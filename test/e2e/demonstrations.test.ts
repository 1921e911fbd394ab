import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ServerProcess } from '../support/process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { only, person, textOf } from '../support/wukong-client.js';

test('ST-3, WK-21 (C9): the same client_msg_no sent again after kill -9 is one message with the same seq', async () => {
  using folder = createTemporaryFolder();
  await using server = await ServerProcess.start(join(folder.path, 'tidemark.db'));
  await server.client.say('alice', person('bob'), { text: 'before', client_msg_no: 'no-1' });
  const first = await server.client.send('alice', person('bob'), { text: 'hello', client_msg_no: 'no-2' });

  await server.kill('SIGKILL');
  await server.restart();

  const again = await server.client.send('alice', person('bob'), { text: 'hello', client_msg_no: 'no-2' });
  expect([again.status, again.text]).toEqual([200, first.text]);
  expect(
    (await server.client.send('alice', person('bob'), { text: 'other', client_msg_no: 'no-2' })).status,
  ).toBe(409);
  const row = only(await server.client.list('bob', { msg_count: 5 }));
  expect([row.unread, row.messages.map(textOf)]).toEqual([2, ['hello', 'before']]);
  expect((await server.client.say('alice', person('bob'), 'next')).message_seq).toBe(3);
});

test('ST-1, WK-20 (C10): the first message to a new peer is in both lists after kill -9 and a restart', async () => {
  using folder = createTemporaryFolder();
  await using server = await ServerProcess.start(join(folder.path, 'tidemark.db'));
  const sent = await server.client.say('alice', person('bob'), 'hello');

  await server.kill('SIGKILL');
  await server.restart();

  for (const [uid, peer, unread] of [
    ['alice', 'bob', 0],
    ['bob', 'alice', 1],
  ] as const) {
    const row = only(await server.client.list(uid, { msg_count: 1 }));
    expect([row.channel_id, row.unread, row.messages[0]?.message_id]).toEqual([
      peer,
      unread,
      sent.message_id,
    ]);
  }
});

test('SY-1: versions go on rising after kill -9, so that a cursor from before misses nothing', async () => {
  using folder = createTemporaryFolder();
  await using server = await ServerProcess.start(join(folder.path, 'tidemark.db'));
  await server.client.say('alice', person('bob'), 'before');
  const before = await server.client.sync({ uid: 'bob' });

  await server.kill('SIGKILL');
  await server.restart();

  const version = before.header('x-sync-version');
  const idle = await server.client.sync({ uid: 'bob', version });
  expect([idle.text, idle.header('x-sync-reset'), idle.header('x-sync-version')]).toEqual([
    '[]',
    null,
    version,
  ]);
  await server.client.say('alice', person('bob'), 'after');
  const [later = 0n] = (await server.client.sync({ uid: 'bob', version })).versions;
  expect(later).toBeGreaterThan(BigInt(version ?? 0));
});
