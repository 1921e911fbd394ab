import { expect, test } from 'vitest';
import { WriteQueue, type Committer } from '../../src/storage/sql/write-queue.js';
import type { Outcome } from '../../src/storage/sql/write-operations.js';
import { group } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';

/** A disk that takes as long as a test wants, and answers each write with its number. */
class SlowDisk implements Committer {
  readonly groupsAtOnce = 2;
  written = 0;
  /** The sizes of those that it was given. */
  readonly groups: number[] = [];
  #release: () => void = () => undefined;
  readonly #held = new Promise<void>((resolve) => (this.#release = resolve));

  async commit(requests: readonly unknown[]): Promise<Outcome[]> {
    this.groups.push(requests.length);
    await this.#held;
    return requests.map(() => ({ result: (this.written += 1) }));
  }

  release(): void {
    this.#release();
  }

  async close(): Promise<void> {}
}

function write(queue: WriteQueue): Promise<number> {
  return queue.run('createCommunity', { name: 'x' });
}

test('HD-8: writes beyond the most that may wait fail at once, and those that wait are written', async () => {
  const disk = new SlowDisk();
  const queue = new WriteQueue(disk, { clock: new FakeClock(), maxWaiting: 3 });
  const waiting = [write(queue), write(queue), write(queue)];
  for (let turn = 0; turn < 3; turn += 1) {
    // Collected or with the disk, they wait.
    await expect(write(queue)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await new Promise((resolve) => setImmediate(resolve));
  }
  disk.release();
  expect(await Promise.all(waiting)).toEqual([1, 2, 3]);
  expect(await write(queue)).toBe(4);
  await queue.close();
});

test('HD-8: 10 000 may wait', async () => {
  const disk = new SlowDisk();
  const queue = new WriteQueue(disk, { clock: new FakeClock() });
  const waiting = Array.from({ length: 10_000 }, () => write(queue));
  await expect(write(queue)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  disk.release();
  expect((await Promise.all(waiting)).at(-1)).toBe(10_000);
  await queue.close();
});

test('ST-18: what arrives while the committer has enough goes into one group', async () => {
  const disk = new SlowDisk();
  const queue = new WriteQueue(disk, { clock: new FakeClock() });
  const waiting: Promise<number>[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    waiting.push(write(queue), write(queue));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(disk.groups).toEqual([2, 2]);
  disk.release();
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 10 }, (_, index) => index + 1));
  expect(disk.groups).toEqual([2, 2, 6]);
  await queue.close();
});

test('ST-18, ST-24: those that name many users are not put together: others would wait too long', async () => {
  const disk = new SlowDisk();
  const queue = new WriteQueue(disk, { clock: new FakeClock() });
  const add = (count: number): Promise<void> =>
    queue.run('addSubscribers', {
      communityId: 1,
      channel: group('g'),
      uids: Array.from({ length: count }, (_, index) => `user-${index}`),
    });
  const waiting = [add(1000), add(1000), write(queue), add(400), add(98), add(1), write(queue)];
  disk.release();
  await Promise.all(waiting);
  expect(disk.groups).toEqual([1, 1, 4, 1]);
  await queue.close();
});
