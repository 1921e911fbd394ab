import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/storage/sqlite/open-database.js';
import { createDatabase, DAMAGED, damageMessages, SOUND } from '../../support/damaged-database.js';
import { startServer } from '../../support/server.js';
import type { StoreKind } from '../../support/opened-store.js';
import { openInline } from '../../support/stores.js';
import { group } from '../../support/wukong-client.js';

/** A file as it is, without looking whether it is sound: as one that is too large for that. */
function unchecked(path: string): StoreKind {
  return {
    name: 'sqlite',
    open: async (clock) => {
      const store = openInline(openDatabase(path), clock);
      return { store, [Symbol.asyncDispose]: () => store.close() };
    },
  };
}

test('HD-11: damage that is met later is a 500 for who needs what is damaged, and for nobody else', async () => {
  using file = await createDatabase();
  damageMessages(file.path);
  await using server = await startServer({ kind: unchecked(file.path) });
  const { client } = server;
  const [damaged, sound] = [group(DAMAGED.name), group(SOUND.name)];
  const read = { login_uid: 'bob', limit: 50, pull_mode: 1, start_message_seq: 20 };
  for (let turn = 0; turn < 3; turn += 1) {
    const reply = await client.post('/channel/messagesync', { ...read, ...damaged });
    expect(reply.outcome).toBe('500 INTERNAL');
    expect(reply.error.msg).toBe('internal error');
    expect((await client.messages('bob', sound, read)).messages).toHaveLength(50);
  }
  expect(server.logs()).toContainEqual(
    expect.objectContaining({
      err: expect.objectContaining({ code: 'SQLITE_CORRUPT' }),
      msg: 'request failed',
    }),
  );
  // Writes that share a transaction with one that fails are stored.
  const replies = await Promise.all([
    client.send('ann', sound, 'hello'),
    client.send('ann', damaged, 'hello'),
    client.send('ann', sound, 'hello again'),
  ]);
  expect([replies[0]?.status, replies[2]?.status]).toEqual([200, 200]);
  expect((await client.find('bob', sound)).unread).toBe(202);
  expect((await client.get('/ready')).status).toBe(200);
});
