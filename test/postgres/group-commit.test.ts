import { Client } from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { Chat, group, pair } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { type OpenedPostgres, postgresKind } from '../support/postgres-stores.js';

const team = group('team');

interface World extends OpenedPostgres {
  readonly chat: Chat;
}

async function open(): Promise<World> {
  const opened = await postgresKind.open(new FakeClock());
  return { ...opened, chat: new Chat(opened.store) };
}

/** Settled results as texts: the seq of a message, or the code of an error. */
async function outcomes(sends: readonly Promise<{ seq: number }>[]): Promise<(number | string)[]> {
  const settled = await Promise.allSettled(sends);
  return settled.map((result) =>
    result.status === 'fulfilled' ? result.value.seq : String(Reflect.get(Object(result.reason), 'code')),
  );
}

/** What is asked of a connection now and then, and when it is new. */
const OF_CONNECTIONS = /^SELECT (1$|pg_is_in_recovery)/;

/** Which statements this process sends while something is done, for that. */
async function record(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(Client.prototype, 'query');
  try {
    await work();
    const texts = spy.mock.calls.map(([query]) => {
      const given: unknown = query;
      return typeof given === 'string' ? given : String(Reflect.get(Object(given), 'text'));
    });
    return texts.filter((text) => !OF_CONNECTIONS.test(text));
  } finally {
    spy.mockRestore();
  }
}

/** Makes a trigger that runs `body` before or after each message is stored. Returns how to take it away. */
async function addTrigger(url: string, body: string): Promise<() => Promise<unknown>> {
  await queryOnce(
    url,
    `CREATE SEQUENCE attempts;
     CREATE FUNCTION interfere() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NULL; END $$;
     CREATE TRIGGER interfere AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION interfere()`,
  );
  return () => queryOnce(url, 'DROP FUNCTION interfere() CASCADE; DROP SEQUENCE attempts');
}

describe('group commit', () => {
  test('ST-18: writes that arrive together share one transaction, which writes the clock once', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team);
    const statements = await record(() =>
      Promise.all(Array.from({ length: 200 }, (_, index) => chat.send('ann', group(`g${index % 7}`)))),
    );
    expect(statements.filter((text) => text === 'COMMIT')).toHaveLength(1);
    expect(statements.filter((text) => text.startsWith('UPDATE clocks'))).toHaveLength(1);
    expect(statements.filter((text) => text.startsWith('SAVEPOINT'))).toEqual([]);
  });

  test('ST-18: one that fails takes back only itself', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team, { clientMsgNo: 'first', text: 'x' });
    const sends = [
      chat.send('ann', team),
      chat.send('ann', team, { clientMsgNo: 'first', text: 'y' }),
      chat.send('bob', team),
      chat.send('eve', team, { asMember: true }),
      chat.send('ann', team, { clientMsgNo: 'first', text: 'x' }),
      new Chat(world.store, 99).send('ann', team),
      chat.send('cat', team),
    ];
    expect(await outcomes(sends)).toEqual([2, 'CONFLICT', 3, 'PERMISSION_DENIED', 1, 'NOT_FOUND', 4]);
    expect(await chat.seqs('ann', team)).toEqual([1, 2, 3, 4]);
  });

  test('ST-18: what a failing one has written before it failed is taken back', async () => {
    await using world = await open();
    const { chat, url } = world;
    await chat.send('ann', team);
    const remove = await addTrigger(
      url,
      "IF NEW.client_msg_no = 'poison' THEN RAISE EXCEPTION 'poisoned' USING ERRCODE = '23514'; END IF;",
    );
    const sends = ['two', 'poison', 'three'].map((clientMsgNo) => chat.send('ann', team, { clientMsgNo }));
    expect(await outcomes(sends)).toEqual([2, '23514', 3]);
    await remove();
    const { messages } = await chat.messages('ann', team);
    expect(messages.map(({ clientMsgNo }) => clientMsgNo)).toEqual(['no-1', 'two', 'three']);
  });

  test('ST-1: COMMIT waits for the disk, also where the database says that it need not', async () => {
    await using world = await open();
    const { chat, url } = world;
    const name = new URL(url.replace('@/', '@socket/')).pathname.slice(1);
    await queryOnce(url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
    const remove = await addTrigger(
      url,
      "IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'it does not'; END IF;",
    );
    expect(await outcomes([chat.send('ann', team)])).toEqual([1]);
    await remove();
    await queryOnce(url, `ALTER DATABASE ${name} RESET synchronous_commit`);
  });
});

describe('a transaction in the way of another', () => {
  test.each(['40001', '40P01'])('PG-7: a group that fails with %s is run again, whole', async (code) => {
    await using world = await open();
    const { chat, url } = world;
    await chat.send('ann', team);
    const remove = await addTrigger(
      url,
      `IF nextval('attempts') < 4 THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '${code}'; END IF;`,
    );
    expect(await outcomes([chat.send('ann', team), chat.send('bob', team)])).toEqual([2, 3]);
    await remove();
  });

  test('PG-7: one that never gets through is UNAVAILABLE', async () => {
    await using world = await open();
    const { chat, url } = world;
    const remove = await addTrigger(url, "RAISE EXCEPTION 'in the way' USING ERRCODE = '40001';");
    expect(await outcomes([chat.send('ann', team)])).toEqual(['UNAVAILABLE']);
    await remove();
    expect(await outcomes([chat.send('ann', team)])).toEqual([1]);
  });

  test('PG-7: out of a real deadlock with another program, a write comes in the end', async () => {
    await using world = await open();
    const { chat, url } = world;
    await chat.send('ann', team);
    const other = new Client({ connectionString: url });
    await other.connect();
    // So that it is the server's write that has to give way.
    await other.query("SET deadlock_timeout = '30s'");
    await other.query('BEGIN');
    await other.query('UPDATE channels SET title = title');
    const sent = chat.send('ann', team);
    await untilWaiting(url);
    await other.query('SELECT 1 FROM clocks FOR UPDATE');
    await other.query('COMMIT');
    await other.end();
    expect(await sent).toMatchObject({ seq: 2 });
  });

  test(
    'PG-7: a lock that another program does not let go of is UNAVAILABLE, and reads go on',
    { timeout: 30_000 },
    async () => {
      await using world = await open();
      const { chat, url } = world;
      await chat.send('ann', team);
      const other = new Client({ connectionString: url });
      await other.connect();
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM clocks FOR UPDATE');
      const sent = outcomes([chat.send('ann', team)]);
      expect(await chat.seqs('ann', team)).toEqual([1]);
      expect(await sent).toEqual(['UNAVAILABLE']);
      await other.end();
      expect(await outcomes([chat.send('ann', team)])).toEqual([2]);
    },
  );
});

describe('what a read costs', () => {
  test('PG-8, ST-19: a list is one statement, with 300 conversations as with one, and with none', async () => {
    await using world = await open();
    const { chat } = world;
    const channels = Array.from({ length: 300 }, (_, index) => group(`g${index}`));
    await Promise.all(channels.map((channel) => chat.send('ann', channel)));
    await chat.send('bob', pair('bob', 'cat'));
    const known = [{ channel: group('g1'), seq: 0 }];
    const shapes = [
      {},
      { messageCount: 5 },
      { known, includeDeleted: true },
      { window: { kind: 'limit', limit: 3 } as const },
    ];
    for (const uid of ['ann', 'bob', 'nobody']) {
      for (const shape of shapes) expect(await record(() => chat.list(uid, shape))).toHaveLength(1);
    }
    expect(await record(() => chat.find('ann', channels, 3))).toHaveLength(1);
    expect(await record(() => chat.messages('ann', group('g1')))).toHaveLength(1);
  });
});

async function untilWaiting(url: string): Promise<void> {
  for (;;) {
    const [row] = await queryOnce<{ found: boolean }>(
      url,
      `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock') AS found`,
    );
    if (row?.found) return;
  }
}
