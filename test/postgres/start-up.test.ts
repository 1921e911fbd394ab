import { describe, expect, inject, test } from 'vitest';
import { createDatabase } from '../../postgres-cluster/databases.js';
import { PASSWORD_USER, PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { StartupError } from '../../src/domain/startup-error.js';
import { withoutPassword } from '../../src/ports/database-name.js';
import { migrateStore, openStore } from '../../src/storage/open-store.js';
import { LocalChangeBus, systemClock } from '../../src/system.js';
import { runCli, startCli } from '../support/tidemark-process.js';

const SECRET = 'hunter2';

/** Why a store cannot be opened. */
async function refusalOf(db: string): Promise<string> {
  const opening = openStore({ db, clock: systemClock, changes: new LocalChangeBus() });
  await expect(opening).rejects.toBeInstanceOf(StartupError);
  const refusal = await migrateStore(db).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StartupError);
  return String(refusal);
}

/** The same database for another user. */
function as(url: string, credentials: string): string {
  return url.replace(/\/\/[^@]*@/, `//${credentials}@`);
}

describe('what prevents a start', () => {
  test('PG-9: a server that is not there', async () => {
    const refusals = [
      await refusalOf(`postgres://u:${SECRET}@127.0.0.1:9/chat`),
      await refusalOf(`postgres://u:${SECRET}@/chat?host=/nowhere`),
      await refusalOf(`postgres://u:${SECRET}@no-such-host.invalid/chat`),
    ];
    for (const refusal of refusals) {
      expect(refusal).toMatch(
        /cannot be reached \(E[A-Z_]+\): start PostgreSQL, correct host and port, or name another database/,
      );
      expect(refusal).not.toContain(SECRET);
    }
    expect(refusals[0]).toContain('postgres://u@127.0.0.1:9/chat');
  });

  test('PG-9: a wrong password, a database that does not exist, a user who may do nothing', async () => {
    await using cluster = await PostgresCluster.start();
    await queryOnce(cluster.url, `CREATE ROLE ${PASSWORD_USER} LOGIN PASSWORD 'right'`);
    const url = await cluster.createDatabase();
    const wrong = await refusalOf(as(url, `${PASSWORD_USER}:${SECRET}`));
    expect(wrong).toMatch(/refuses this user: correct the name and the password/);
    expect(wrong).not.toContain(SECRET);
    expect(await refusalOf(cluster.url.replace('/postgres?', '/missing?'))).toMatch(
      /does not exist: make it with CREATE DATABASE/,
    );
    expect(await refusalOf(as(url, `${PASSWORD_USER}:right`))).toMatch(
      /migration 0001_conversations failed and was undone: permission denied for schema public/,
    );
  });

  test('PG-9: texts that are not kept in UTF-8', async () => {
    const server = inject('postgresUrl');
    const name = `latin_${Date.now()}`;
    await queryOnce(
      server,
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE_PROVIDER 'libc' LOCALE 'C' TEMPLATE template0`,
    );
    expect(await refusalOf(server.replace('/postgres?', `/${name}?`))).toMatch(
      /keeps texts as LATIN1.*ENCODING 'UTF8'/,
    );
    await queryOnce(server, `DROP DATABASE ${name}`);
  });

  test('PG-9: a schema of a newer version', async () => {
    const url = await createDatabase(inject('postgresUrl'));
    await migrateStore(url);
    await queryOnce(url, "INSERT INTO migrations VALUES (99, '0099_later', 'x', 0)");
    expect(await refusalOf(url)).toMatch(
      /has migration 0099_later, which this version of Tidemark does not know/,
    );
  });
});

describe('passwords', () => {
  test.each([
    ['postgres://ann:secret@host:5432/chat?sslmode=require', 'postgres://ann@host:5432/chat?sslmode=require'],
    ['postgresql://ann:se:c@ret@host/chat', 'postgresql://ann@host/chat'],
    [
      'postgres://host/chat?user=ann&password=secret&host=/run',
      'postgres://host/chat?user=ann&password=&host=/run',
    ],
    ['postgres://ann@/chat?host=/run', 'postgres://ann@/chat?host=/run'],
    ['./data/a:b@c.db', './data/a:b@c.db'],
  ])('PG-9: %s is shown as %s', (db, shown) => {
    expect(withoutPassword(db)).toBe(shown);
  });

  test('PG-9, OP-4, CF-3: the built program migrates, serves and ends without showing one', async () => {
    await using cluster = await PostgresCluster.start();
    await queryOnce(cluster.url, `CREATE ROLE ${PASSWORD_USER} LOGIN PASSWORD '${SECRET}'`);
    const plain = await cluster.createDatabase();
    await queryOnce(plain, `GRANT CREATE ON SCHEMA public TO ${PASSWORD_USER}`);
    const db = as(plain, `${PASSWORD_USER}:${SECRET}`);
    const secrets = { TIDEMARK_JWT_SECRET: 'x'.repeat(32), TIDEMARK_API_KEY: 'y'.repeat(16) };
    const migrated = await runCli(['migrate'], { TIDEMARK_DB: db });
    expect(migrated).toMatchObject({ code: 0 });
    expect(migrated.stdout).toContain('0003_message_json');
    const server = await startCli([], { TIDEMARK_DB: db, ...secrets });
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.finished;
    expect(code).toBe(0);
    expect(stdout + stderr + migrated.stdout + migrated.stderr).not.toContain(SECRET);
  });
});
