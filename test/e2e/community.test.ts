import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { runCli, startCli } from '../support/tidemark-process.js';

/** The id and the API key in what a command printed. */
function read(stdout: string): { id: string; key: string } {
  const [, id = ''] = /\bcommunity (\d+)/.exec(stdout) ?? [];
  const [, key = ''] = /\b([\w-]{43})\b/.exec(stdout) ?? [];
  return { id, key };
}

async function initiate(url: string, key: string, uuid: string): Promise<Record<string, unknown>> {
  const reply = await fetch(`${url}/sdk/initiate`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ uuid, user_name: uuid }),
  });
  return { status: reply.status, ...((await reply.json()) as object) };
}

describe('tidemark community', () => {
  test('KT-47: makes a community, replaces its key and makes a manager, beside a running server', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'communities.db');
    await using server = await startCli(['--db', db]);
    const created = await runCli(['community', 'create', 'Readers', '--manager', 'mia', '--db', db]);
    expect(created.code).toBe(0);
    const { id, key } = read(created.stdout);
    expect(await initiate(server.url, key, 'mia')).toMatchObject({
      status: 200,
      data: { community: { id: Number(id), name: 'Readers' }, user: { state: 1 } },
    });
    expect(await initiate(server.url, key, 'ned')).toMatchObject({ data: { user: { state: 4 } } });

    const replaced = await runCli(['community', 'key', id, '--db', db]);
    expect(replaced.code).toBe(0);
    expect(await initiate(server.url, key, 'ned')).toMatchObject({ status: 400, success: false });
    const { key: newKey } = read(`community ${id} ${replaced.stdout}`);
    expect(await initiate(server.url, newKey, 'ned')).toMatchObject({ status: 200 });

    expect(await runCli(['community', 'manager', id, 'ned', '--db', db])).toMatchObject({ code: 0 });
    expect(await initiate(server.url, newKey, 'ned')).toMatchObject({ data: { user: { state: 1 } } });
  });

  test('KT-47: what cannot be done is said in one line', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'communities.db');
    for (const args of [
      ['key', '7'],
      ['manager', '7', 'mia'],
      ['manager', '1', '____system'],
    ]) {
      const { code, stderr } = await runCli(['community', ...args, '--db', db]);
      expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
    }
  });
});
