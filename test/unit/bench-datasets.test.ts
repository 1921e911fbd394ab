import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { fillDatabase } from '../../bench/datasets/fill-database.js';
import {
  conversationsShape,
  extremesShape,
  growthShape,
  heavyClass,
  lightClass,
  roomsClass,
  type Shape,
} from '../../bench/datasets/shapes.js';
import { planChannels, type UserClass } from '../../bench/datasets/user-class.js';
import { pairUids, PERSON_CHANNEL } from '../../src/domain/channel.js';
import { migrateSqlite } from '../../src/storage/sqlite/migrate-sqlite.js';

const SMALL: Shape = {
  name: 'small',
  classes: [
    lightClass(70, { messages: 3, readerMessages: 7 }),
    { name: 'dense', users: 12, peers: 4, groupSize: 5, groupRounds: 2, messages: 101 },
  ],
};

function build(shape: Shape): Database.Database {
  const database = new Database(':memory:');
  migrateSqlite(database);
  fillDatabase(database, shape);
  return database;
}

function listAll(database: Database.Database, table: string): string {
  return JSON.stringify(database.prepare(`SELECT * FROM ${table}`).all());
}

describe('the data sets of the bench', () => {
  test.each([
    [lightClass(100, { messages: 1 }), 20],
    [heavyClass(250), 200],
    [roomsClass(), 50],
  ] as const)('BN-3: every user of a class has the same number of chats (%#)', (userClass, chats) => {
    const counts = new Map<number, number>();
    for (const { members } of planChannels(userClass)) {
      expect(new Set(members).size).toBe(members.length);
      for (const member of members) counts.set(member, (counts.get(member) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array.from({ length: userClass.users }, () => chats));
  });

  test('BN-3: they have the sizes that the table names', () => {
    expect(countConversations(conversationsShape(1))).toBeGreaterThanOrEqual(1_000_000);
    expect(countConversations(conversationsShape(0.1))).toBeGreaterThanOrEqual(100_000);
    expect(countMessages(growthShape(10_000_000))).toBeGreaterThanOrEqual(10_000_000);
    expect(countMessages(growthShape(10_000))).toBeLessThan(11_000);
    expect(extremesShape(1).classes.map(({ groupSize }) => groupSize)).toContain(100_000);
  });

  test('BN-3: a data set is the same whenever it is built', () => {
    const one = build(SMALL);
    const other = build(SMALL);
    for (const table of ['users', 'channels', 'memberships', 'messages', 'clocks']) {
      expect(listAll(one, table)).not.toBe('[]');
      expect(listAll(one, table)).toBe(listAll(other, table));
    }
  });

  test('BN-3: it breaks none of the rules that the server keeps', () => {
    const database = build(SMALL);
    const count = (sql: string): unknown => database.prepare(`SELECT count(*) FROM ${sql}`).pluck().get();
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(count('messages WHERE version % 1024 <> 0')).toBe(0);
    expect(count('messages AS a JOIN messages AS b ON b.id = a.id + 1 AND b.version <= a.version')).toBe(0);
    expect(count('channels AS c JOIN clocks AS k WHERE c.version > k.last_version')).toBe(0);
    expect(count('clocks WHERE last_message_id = (SELECT max(id) FROM messages)')).toBe(1);
    expect(
      count(`channels AS c WHERE last_seq <> (SELECT max(seq) FROM messages AS m WHERE m.channel_id = c.id)
        OR last_seq <> (SELECT count(*) FROM messages AS m WHERE m.channel_id = c.id)`),
    ).toBe(0);
    // Whoever writes has read everything before.
    expect(
      count(`memberships AS m JOIN messages AS x ON x.channel_id = m.channel_id AND x.sender_id = m.user_id
        WHERE x.seq > m.read_seq`),
    ).toBe(0);
    expect(
      count('memberships AS m JOIN channels AS c ON c.id = m.channel_id AND m.read_seq > c.last_seq'),
    ).toBe(0);
  });

  test('BN-3: a person channel is named after both of its members', () => {
    const database = build(SMALL);
    const rows = database
      .prepare<[number], { name: string; uids: string }>(
        `SELECT c.name, json_group_array(u.uid) AS uids FROM channels AS c
         JOIN memberships AS m ON m.channel_id = c.id JOIN users AS u ON u.id = m.user_id
         WHERE c.type = ? GROUP BY c.id`,
      )
      .all(PERSON_CHANNEL);
    expect(rows.length).toBe(70 * 5 + 12 * 2);
    for (const { name, uids } of rows) {
      expect([...pairUids({ type: PERSON_CHANNEL, name })]).toEqual(
        (JSON.parse(uids) as string[]).toSorted(),
      );
    }
  });
});

function countConversations({ classes }: Shape): number {
  return sum(classes, ({ members }) => members.length);
}

function countMessages({ classes }: Shape): number {
  return sum(classes, ({ messages }) => messages);
}

function sum(
  classes: readonly UserClass[],
  of: (channel: { members: readonly number[]; messages: number }) => number,
): number {
  let total = 0;
  for (const userClass of classes) for (const channel of planChannels(userClass)) total += of(channel);
  return total;
}
