import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { expectedEvents } from '../../checker/expected-events.js';
import { Figures } from '../../checker/figures.js';
import { checkDatabase } from '../../checker/store-dump.js';
import type { Target } from '../../checker/target.js';
import { Sent } from '../../checker/channel-log.js';
import { readWalFrames } from '../../checker/wal-frames.js';
import { payloadOf } from '../../checker/wire.js';
import { World } from '../../checker/world.js';
import { movedClock } from '../../src/system.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

describe("SQLite's log after a kill", () => {
  test('PR-6: frames of a transaction that was being written are told from those of committed ones', () => {
    using folder = createTemporaryFolder();
    const path = join(folder.path, 'x.db');
    const database = new Database(path);
    database.pragma('journal_mode = WAL');
    // A small cache makes SQLite write pages to the log before the commit.
    database.pragma('cache_size = 5');
    database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const wal = `${path}-wal`;
    const copy = join(folder.path, 'copy-wal');
    copyFileSync(wal, copy);
    const committed = readWalFrames(copy);
    expect(committed.frames).toBeGreaterThan(0);
    expect(committed.afterLastCommit).toBe(0);

    database.exec(`BEGIN; ${'INSERT INTO t VALUES (zeroblob(3000));'.repeat(50)}`);
    copyFileSync(wal, copy);
    const torn = readWalFrames(copy);
    expect(torn.afterLastCommit).toBeGreaterThan(0);
    database.exec('COMMIT');
    copyFileSync(wal, copy);
    expect(readWalFrames(copy).afterLastCommit).toBe(0);
    database.close();
  });

  test('PR-6: no log, or one that has only begun, has no frames', () => {
    using folder = createTemporaryFolder();
    const path = join(folder.path, 'x-wal');
    expect(readWalFrames(path)).toEqual({ frames: 0, afterLastCommit: 0 });
    writeFileSync(path, 'short');
    expect(readWalFrames(path)).toEqual({ frames: 0, afterLastCommit: 0 });
  });
});

describe('the clock of a server under test', () => {
  test('PR-6: it is moved by what the file holds at that moment', () => {
    using folder = createTemporaryFolder();
    const path = join(folder.path, 'offset');
    const clock = movedClock(path);
    writeFileSync(path, '-60000');
    const before = Date.now();
    expect(clock.nowMs()).toBeGreaterThanOrEqual(before - 60_000);
    expect(clock.nowMs()).toBeLessThan(before - 30_000);
    writeFileSync(path, '0');
    expect(clock.nowMs()).toBeGreaterThanOrEqual(before);
  });
});

describe('what a run has to come across', () => {
  const options = { seconds: 60, seed: 1, target: '' };
  const target = { kind: 'one server' } as Target;
  const onPostgres = { kind: 'servers on PostgreSQL' } as Target;

  test('PR-7: a minute on a server of its own has to see every fault', () => {
    const needs = new Set(expectedEvents({ ...options, target, kettleKey: 'key' }).values());
    expect(needs).toEqual(new Set(['required']));
  });

  test('PR-7: a server that is only reached by its URL is not killed, and a short run may be out of luck thrice', () => {
    const needs = [...expectedEvents(options).values()];
    expect(needs.filter((need) => need === 'impossible')).toHaveLength(8);
    const short = [...expectedEvents({ ...options, seconds: 20, target, kettleKey: 'key' }).values()];
    expect(short.filter((need) => need === 'optional')).toHaveLength(3);
  });

  test('PR-7: with several servers on one database, those of the database and of several, too', () => {
    const one = expectedEvents({ ...options, target, kettleKey: 'key' });
    const several = expectedEvents({ ...options, target: onPostgres, kettleKey: 'key' });
    const added = [...several.keys()].filter((event) => !one.has(event));
    expect(added).toEqual([
      'refused while the database was away',
      'commit delayed',
      'listening session ended',
      'commit cut off by the database',
      'retried at another server',
      'wait woken through another server',
    ]);
    expect(new Set(several.values())).toEqual(new Set(['required']));
  });

  test('PR-7: the table shows figures, losses and how often each fault was seen', () => {
    const figures = new Figures();
    figures.operations = 12;
    figures.recoveryMs.push(300, 100, 200);
    figures.saw('reset seen', 3);
    const expected = expectedEvents(options);
    const table = figures.print({ seconds: 60.4, replies: 99, expected });
    expect(table).toMatch(/operations acknowledged +12\n/);
    expect(table).toMatch(/recovery after kill \(p50, max\) +200, 300 ms\n/);
    expect(table).toMatch(/reset seen +3\n/);
    expect(table).toMatch(/killed inside a commit +n\/a\n/);
    expect(table).toContain('kill -9 does not test fsync');
    expect(figures.toJson({ seconds: 1, replies: 9, expected })).toMatchObject({
      sometimes: { 'reset seen': 3 },
    });
  });
});

describe('the database against what was acknowledged', () => {
  /** One channel of a world, as its messages are stored; `seqs` are those that the database has. */
  function checkStored(rows: readonly { seq: number; no: string; text?: string }[]): Promise<void> {
    const world = new World('w');
    const [place] = world.channels;
    for (const [index, no] of ['a', 'b', 'c'].entries()) {
      const sent = new Sent({ no, from: 'ann', text: no });
      place?.log.begin(sent);
      place?.log.acknowledge(sent, { seq: index + 1, id: index + 1 });
    }
    const stored = rows.map(({ seq, no, text = no }) => {
      return { seq, no, payload: Buffer.from(payloadOf(text), 'base64') };
    });
    return checkDatabase(async (first) => (first === 'a' ? stored : []), world);
  }

  const a = { seq: 1, no: 'a' };
  const b = { seq: 2, no: 'b' };
  const c = { seq: 3, no: 'c' };

  test('PR-8: all of it, in its place', async () => {
    await expect(checkStored([a, b, c])).resolves.toBeUndefined();
  });

  test.each([
    ['one is missing', [a, b], /1 acknowledged messages are missing/],
    ['all are missing', [], /3 acknowledged messages are missing/],
    ['there is a hole', [a, c], /message 3 where 2 belongs/],
    ['one is there twice', [a, b, c, { seq: 4, no: 'b' }], /message 4 \(b\) is there twice/],
    ['two have changed places', [a, { seq: 2, no: 'c' }, { seq: 3, no: 'b' }], /was acknowledged as 3/],
    ['one reads otherwise', [a, { ...b, text: 'x' }, c], /message 2 reads x/],
  ] as const)('PR-8: a violation when %s', async (_name, rows, message) => {
    await expect(checkStored(rows)).rejects.toThrow(message);
  });
});
