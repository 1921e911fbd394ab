import { afterEach, expect, test, vi } from 'vitest';
import { RowProgress } from '../../src/storage/row-progress.js';

afterEach(() => {
  vi.useRealTimers();
});

test('OP-15: it says every few seconds how far a table is, and how fast', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const lines: string[] = [];
  const progress = new RowProgress('messages', 2000, (line) => lines.push(line));
  progress.startAfter(100);
  progress.add(500);
  vi.advanceTimersByTime(4900);
  progress.add(500);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(100);
  progress.add(500);
  progress.add(300);
  vi.advanceTimersByTime(1000);
  progress.end();
  expect(lines).toEqual([
    'messages: 1600 of 2000 rows, 300/s',
    'messages: 1900 rows, 100 of them earlier, 300/s',
  ]);
});

test('OP-15: of a table that took no time it says how many rows there were', () => {
  const lines: string[] = [];
  const progress = new RowProgress('users', 3, (line) => lines.push(line));
  progress.add(3);
  progress.end();
  expect(lines).toEqual(['users: 3 rows']);
});
