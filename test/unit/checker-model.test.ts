import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { afterStep, type State } from '../../checker/admissible-states.js';
import { ChannelLog, Sent } from '../../checker/channel-log.js';
import { Membership } from '../../checker/membership.js';
import { randomFor } from '../../checker/random.js';
import { RisingSeries } from '../../checker/rising-series.js';

const MEMBER: State = { isMember: true, readSeq: 3, floorSeq: 0, mark: 0 };

describe('the states that the contract admits', () => {
  test.each([
    ['send', { kind: 'send', seq: 8 }, [{ ...MEMBER, readSeq: 8 }]],
    ['clear up to a message', { kind: 'clear', upTo: 5 }, [{ ...MEMBER, readSeq: 5 }]],
    ['clear up to an older one', { kind: 'clear', upTo: 2 }, [MEMBER]],
    [
      'clear',
      { kind: 'clear' },
      [
        { ...MEMBER, readSeq: 7 },
        { ...MEMBER, readSeq: 8 },
      ],
    ],
    ['leave', { kind: 'leave' }, [{ ...MEMBER, isMember: false }]],
    ['join', { kind: 'join' }, [MEMBER]],
    [
      'set unread to fewer',
      { kind: 'set unread', unread: 2 },
      [
        { ...MEMBER, readSeq: 5 },
        { ...MEMBER, readSeq: 6 },
      ],
    ],
    [
      'set unread to more',
      { kind: 'set unread', unread: 9 },
      [
        { ...MEMBER, mark: 5 },
        { ...MEMBER, mark: 4 },
      ],
    ],
    [
      'delete',
      { kind: 'delete' },
      [
        { ...MEMBER, readSeq: 7, floorSeq: 7 },
        { ...MEMBER, readSeq: 8, floorSeq: 8 },
      ],
    ],
  ] as const)('PR-4: after %s, with the newest message 7 or 8', (_name, step, expected) => {
    const heads = step.kind === 'send' ? { low: 8, high: 8 } : { low: 7, high: 8 };
    expect(afterStep(step, [MEMBER], heads)).toEqual(expected);
  });
});

/** Time is the real one here, and only moves on when it is looked at. */
function tick(): number {
  const startMs = performance.now();
  while (performance.now() === startMs);
  return performance.now();
}

function send(log: ChannelLog, no: string, seq: number): Sent {
  const sent = new Sent({ no, from: 'ann', text: no });
  log.begin(sent);
  tick();
  expect(log.acknowledge(sent, { seq, id: seq })).toBeUndefined();
  tick();
  return sent;
}

describe('what a reply may show', () => {
  test('PR-4: what was acknowledged before the request has to be there, what was begun before the reply may be', () => {
    const log = new ChannelLog();
    const ben = new Membership(log, { ...MEMBER, readSeq: 0 });
    const beforeMs = tick();
    send(log, 'a', 1);
    const sentMs = tick();
    log.begin(new Sent({ no: 'b', from: 'ann', text: 'b' }));
    const span = { sentMs, receivedMs: tick() };
    expect(ben.findFault({ lastSeq: 1, readSeq: 0, unread: 1 }, span)).toBeUndefined();
    expect(ben.findFault({ lastSeq: 2, readSeq: 0, unread: 2 }, span)).toBeUndefined();
    expect(ben.findFault(undefined, span)).toContain('shows nothing');
    expect(ben.findFault({ lastSeq: 3, readSeq: 0, unread: 3 }, span)).toContain('from 1 to 2');
    expect(ben.findFault({ lastSeq: 1, readSeq: 1, unread: 0 }, span)).toContain('read to 0');
    expect(ben.findFault(undefined, { sentMs: beforeMs, receivedMs: span.receivedMs })).toBeUndefined();
  });

  test('PR-4: while a step is under way both states are right, after it only the new one', () => {
    const log = new ChannelLog();
    const ben = new Membership(log, { ...MEMBER, readSeq: 0 });
    send(log, 'a', 1);
    const old = { lastSeq: 1, readSeq: 0, unread: 1 };
    const cleared = { lastSeq: 1, readSeq: 1, unread: 0 };
    const sentMs = tick();
    ben.begin({ kind: 'clear' });
    const during = { sentMs, receivedMs: tick() };
    expect(ben.findFault(old, during)).toBeUndefined();
    expect(ben.findFault(cleared, during)).toBeUndefined();
    ben.end({ kind: 'clear' });
    const after = { sentMs: tick(), receivedMs: tick() };
    expect(ben.findFault(cleared, after)).toBeUndefined();
    expect(ben.findFault(old, after)).toContain('read to 1');
  });

  test('PR-4: what a quiet moment shows rules out the other states', () => {
    const log = new ChannelLog();
    const ben = new Membership(log, { ...MEMBER, readSeq: 0 });
    send(log, 'a', 1);
    ben.begin({ kind: 'clear' });
    const other = new Sent({ no: 'b', from: 'ann', text: 'b' });
    log.begin(other);
    tick();
    ben.end({ kind: 'clear' });
    log.acknowledge(other, { seq: 2, id: 2 });
    const quiet = { sentMs: tick(), receivedMs: tick() };
    expect(ben.statesIn(quiet).map(({ readSeq }) => readSeq)).toEqual([1, 2]);
    expect(ben.findFault({ lastSeq: 2, readSeq: 1, unread: 1 }, quiet)).toBeUndefined();
    expect(ben.findFault({ lastSeq: 2, readSeq: 2, unread: 0 }, quiet)).toContain('read to 1');
  });

  test('PR-4: but not in a reply from before the answer, when a kill had not yet made the step be repeated', () => {
    const log = new ChannelLog();
    const ben = new Membership(log, { ...MEMBER, readSeq: 0 });
    send(log, 'a', 1);
    ben.begin({ kind: 'clear' });
    const sentMs = tick();
    send(log, 'b', 2);
    ben.end({ kind: 'clear' });
    const late = { sentMs, receivedMs: tick() };
    const quiet = { sentMs: tick(), receivedMs: tick() };
    expect(ben.findFault({ lastSeq: 2, readSeq: 2, unread: 0 }, quiet)).toBeUndefined();
    expect(ben.findFault({ lastSeq: 2, readSeq: 1, unread: 1 }, quiet)).toContain('read to 2');
    expect(ben.findFault({ lastSeq: 2, readSeq: 1, unread: 1 }, late)).toBeUndefined();
  });
});

describe('one message, one place', () => {
  test('PR-4: a message has one seq and one id, and a seq one message', () => {
    const log = new ChannelLog();
    const sent = send(log, 'a', 1);
    const other = new Sent({ no: 'b', from: 'ann', text: 'b' });
    log.begin(other);
    const span = { sentMs: 0, receivedMs: tick() };
    const seen = { seq: 1, no: 'a', from: 'ann', id: 1, text: 'a' };
    expect(log.see(seen, span)).toBeUndefined();
    expect(log.see({ ...seen, seq: 2 }, span)).toContain('both 1 and 2');
    expect(log.see({ ...seen, id: 2 }, span)).toContain('both ids');
    expect(log.see({ ...seen, no: 'b', text: 'b' }, span)).toContain('both a and b');
    expect(log.see({ ...seen, no: 'c' }, span)).toContain('nobody has sent');
    expect(log.see({ ...seen, from: 'ben' }, span)).toContain('ann sent it');
    expect(log.see({ ...seen, text: 'x' }, span)).toContain('which it did not');
    expect(log.acknowledge(other, { seq: 9, id: 9 })).toContain('of 2 that were sent');
    log.beginEdit(sent, 'new');
    expect(log.see({ ...seen, text: 'new' }, { sentMs: 0, receivedMs: tick() })).toBeUndefined();
    log.endEdit(sent);
    const later = { sentMs: tick(), receivedMs: tick() };
    expect(log.see(seen, later)).toContain('which it did not');
  });
});

describe('an independent reading', () => {
  test('PR-9: the checker imports packages, itself, and what starts a PostgreSQL', () => {
    const folder = fileURLToPath(new URL('../../checker/', import.meta.url));
    const sources = readdirSync(folder).map((file) => readFileSync(folder + file, 'utf8'));
    const imports = sources.flatMap((source) =>
      [...source.matchAll(/ from '([^'\n]+)';$/gm)].map(([, name]) => name),
    );
    expect(sources.filter((source) => source.includes('import('))).toEqual([]);
    expect(imports.length).toBeGreaterThan(50);
    const others = imports.filter((name) => !name?.startsWith('./') && !name?.startsWith('node:'));
    const cluster = ['postgres-cluster', 'postgres-replica', 'query-once'].map(
      (name) => `../postgres-cluster/${name}.js`,
    );
    expect(new Set(others)).toEqual(new Set(['better-sqlite3', 'commander', 'pg', ...cluster]));
  });
});

describe('choices', () => {
  test('PR-5: a seed repeats them, and one actor does not shift those of another', () => {
    const draw = (actor: string, count: number): number[] => {
      const random = randomFor(42, actor);
      return Array.from({ length: count }, () => random.below(1000));
    };
    expect(draw('writer 1', 20)).toEqual(draw('writer 1', 20));
    expect(draw('writer 1', 20)).not.toEqual(draw('writer 2', 20));
    expect(new Set(draw('writer 1', 500)).size).toBeGreaterThan(300);
  });

  test('PR-4: a value is what it was then', () => {
    const series = new RisingSeries<number>();
    series.raise(10, 1);
    series.raise(20, 5);
    series.raise(30, 4);
    expect([10, 11, 20, 21, 40].map((ms) => series.before(ms))).toEqual([undefined, 1, 1, 5, 5]);
    expect(series.last).toBe(5);
  });
});
