import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { runCli, startCli } from '../support/tidemark-process.js';

test('OP-15, OP-17: tidemark copy says how many rows it has copied, and which digest both sides have', async () => {
  using folder = createTemporaryFolder();
  const [from, to] = [join(folder.path, 'from.db'), join(folder.path, 'to.db')];
  await runCli(['demo', '--db', from]);
  const { code, stdout, stderr } = await runCli(['copy', '--from', from, '--to', to]);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^communities: 1 rows\nusers: 8 rows\n[^]*\nclocks: 1 rows\ncomparing both sides\n$/,
  );
  expect(stdout).toMatch(
    /^communities: 1 rows\nusers: 8 rows\n[^]*\ncopied; both sides have the digest [0-9a-f]{64}\n/,
  );
  expect(stdout).toMatch(/\ntokens stay valid with the same secrets: .*\n$/);
  expect(await runCli(['demo', '--db', to])).toMatchObject({
    code: 0,
    stdout: 'the demo is there already\n',
  });
  expect(await runCli(['copy', '--from', from, '--to', to])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'tidemark: --to names a database that holds data: nothing is overwritten, name an empty one\n',
  });
});

test('OP-16: a file that a server has open is not taken, and the server goes on', async () => {
  using folder = createTemporaryFolder();
  const [from, to] = [join(folder.path, 'from.db'), join(folder.path, 'to.db')];
  await runCli(['migrate', '--db', from]);
  await using server = await startCli(['--db', to]);
  expect(await runCli(['copy', '--from', from, '--to', to])).toMatchObject({
    code: 1,
    stderr: `tidemark: ${to} is locked by another program: wait for it or stop it, or choose another file with --to\n`,
  });
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
});
