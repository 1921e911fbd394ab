import { spawn } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import {
  findCpuSeconds,
  findOpenFilesLimit,
  findResidentBytes,
} from '../../bench/processes/process-stats.js';

describe.runIf(process.platform === 'linux')('what the bench reads of a process', () => {
  test('BN-4: the processor time of a server is also that of the processes which it has started', async () => {
    const shell = spawn('bash', ['-c', 'while :; do :; done & echo $!; wait'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const busyPid = await new Promise<number>((resolve) => {
      shell.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())));
    });
    try {
      await vi.waitUntil(() => (findCpuSeconds(busyPid) ?? 0) >= 0.1, { timeout: 20_000, interval: 10 });
      expect(findCpuSeconds(shell.pid ?? 0)).toBeGreaterThanOrEqual(0.1);
    } finally {
      process.kill(busyPid, 'SIGKILL');
    }
  });

  test('BN-4: memory and limits are those that the system tells, or nothing', () => {
    const used = process.memoryUsage.rss();
    expect(findResidentBytes(process.pid)).toBeGreaterThan(used / 2);
    expect(findResidentBytes(process.pid)).toBeLessThan(used * 2);
    expect(findOpenFilesLimit()).toBeGreaterThan(0);
    expect(findResidentBytes(2 ** 30)).toBeUndefined();
    expect(findCpuSeconds(2 ** 30)).toBeUndefined();
  });
});
