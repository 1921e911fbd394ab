import type { SqliteDatabase } from '../../src/storage/sqlite/open-database.js';
import type { KettleServer } from './kettle-server.js';
import type { OpenedSqlite } from './stores.js';

/** The version of each message added is so much above that of the one before it. */
const STEP = 1024;

/** What differs between the newest message of a room and the copy with the number `n` after it. */
const CHANGED: Readonly<Record<string, string>> = {
  seq: 'm.seq + n',
  id: '(SELECT last_message_id FROM clocks WHERE community_id = m.community_id) + n',
  client_msg_no: "m.client_msg_no || '-' || n",
  version: `(SELECT last_version FROM clocks WHERE community_id = m.community_id) + n * ${STEP}`,
  updated_version: `(SELECT last_version FROM clocks WHERE community_id = m.community_id) + n * ${STEP}`,
};

/**
 * Repeats the newest message of a room `count` times, much faster than they could be posted: for tests of what
 * a long room costs.
 */
export function repeatNewest(database: SqliteDatabase, roomId: number, count: number): void {
  const columns = database
    .prepare<[], { name: string }>("SELECT name FROM pragma_table_info('messages')")
    .all()
    .map(({ name }) => name);
  const values = columns.map((name) => CHANGED[name] ?? `m.${name}`);
  const run = (sql: string): unknown => database.prepare(sql).run({ roomId, count });
  database.transaction(() => {
    run(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @count)
      INSERT INTO messages (${columns.join(', ')})
      SELECT ${values.join(', ')} FROM numbers CROSS JOIN channels AS c
      CROSS JOIN messages AS m ON m.community_id = c.community_id AND m.channel_id = c.id AND m.seq = c.last_seq
      WHERE c.community_id = 1 AND c.id = @roomId`);
    run(`
      UPDATE clocks SET last_message_id = last_message_id + @count, last_version = last_version + @count * ${STEP}
      WHERE community_id = 1 AND @roomId > 0`);
    run(`
      UPDATE channels SET last_seq = last_seq + @count,
        version = (SELECT last_version FROM clocks WHERE community_id = 1)
      WHERE community_id = 1 AND id = @roomId`);
  })();
}

/** The statements that a request runs, without the brackets of transactions. */
export async function recordStatements(
  { opened }: KettleServer<OpenedSqlite>,
  request: () => Promise<unknown>,
): Promise<string[]> {
  opened.log.statements.length = 0;
  await request();
  return opened.log.statements.filter((sql) => !/^(BEGIN|COMMIT)/.test(sql));
}

/** How SQLite goes about a statement, step by step. */
export function explainPlan(database: SqliteDatabase, sql: string): string[] {
  return database
    .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => detail);
}
