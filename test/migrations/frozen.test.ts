import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Migration, readMigrations } from '../../src/storage/migrations.js';
import { migrateSqlite } from '../../src/storage/sqlite/migrate-sqlite.js';
import { openDatabase, type SqliteDatabase } from '../../src/storage/sqlite/open-database.js';
import { dumpSchema } from './dump-schema.js';

const FROZEN = new URL('frozen/0001.sql', import.meta.url);
const own = readMigrations('sqlite');

/** Stands for the migrations to come, so that there is always one that runs on the data. */
const oneMore: Migration = {
  number: own.length + 1,
  name: 'one_more',
  checksum: 'one more',
  sql: 'ALTER TABLE messages ADD COLUMN edited_at_ms INTEGER NOT NULL DEFAULT 0',
};

describe('a database of the first version', () => {
  test('ST-23: its data survives every later migration', () => {
    const database = openFrozen();
    const before = readFacts(database);
    expect(migrateSqlite(database, { migrations: [...own, oneMore] })).toEqual(
      [...own.slice(1), oneMore].map(({ name }) => name),
    );
    expect(readFacts(database)).toEqual(before);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('ST-23: what is stored with each message for replies says the same as its columns', () => {
    const database = openFrozen();
    migrateSqlite(database);
    const rows = database
      .prepare<[], { json: string; seq: number; no: string; uid: string; payload: Buffer }>(
        `SELECT json, seq, client_msg_no AS no, uid, payload
         FROM messages JOIN users ON users.community_id = messages.community_id AND users.id = sender_id`,
      )
      .all();
    expect(rows).not.toEqual([]);
    for (const { json, seq, no, uid, payload } of rows) {
      expect(JSON.parse(json)).toMatchObject({
        message_seq: seq,
        client_msg_no: no,
        from_uid: uid,
        payload: payload.toString('base64'),
      });
    }
  });

  test('ST-23: it ends up with the schema of a fresh one', () => {
    const database = openFrozen();
    migrateSqlite(database);
    const fresh = openDatabase(':memory:');
    migrateSqlite(fresh);
    expect(dumpSchema(database)).toBe(dumpSchema(fresh));
  });
});

function openFrozen(): SqliteDatabase {
  const database = openDatabase(':memory:');
  database.exec(readFileSync(FROZEN, 'utf8'));
  return database;
}

/** What users would miss. */
function readFacts(database: SqliteDatabase): unknown {
  const all = (sql: string): unknown[] => database.prepare(sql).safeIntegers().raw().all();
  const facts = {
    communities: all('SELECT id, name FROM communities ORDER BY id'),
    clocks: all(
      `SELECT community_id, last_version, last_channel_id, last_message_id FROM clocks
       ORDER BY community_id`,
    ),
    // Later migrations may add the system to them.
    users: all(
      `SELECT community_id, uid, purged_version FROM users WHERE uid <> '____system'
       ORDER BY community_id, uid`,
    ),
    channels: all(
      `SELECT community_id, type, name, version, last_seq, last_client_msg_no, floor_seq, large, send_ban
       FROM channels ORDER BY community_id, type, name`,
    ),
    memberships: all(
      `SELECT uid, channel_id, is_member, version, delisted_version, read_seq, floor_seq, mark
       FROM memberships JOIN users ON users.community_id = memberships.community_id AND users.id = user_id
       ORDER BY channel_id, uid`,
    ),
    messages: all(
      `SELECT channel_id, seq, uid, client_msg_no, payload, red_dot, setting, expire_seconds, version
       FROM messages JOIN users ON users.community_id = messages.community_id AND users.id = sender_id
       ORDER BY channel_id, seq`,
    ),
  };
  expect(Object.values(facts).map((rows) => rows.length)).toEqual([2, 2, 4, 2, 5, 4]);
  return facts;
}
