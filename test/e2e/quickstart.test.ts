import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { cleanEnv, start, waitForOutput, type Running } from '../support/tidemark-process.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CURL = /^curl [^]*?^ {2}\}'$/gm;
const KETTLE_CURL = /^curl --location [^]*?x-version-code: \d+'$/gm;

/** What a clone has, and the packages; nothing that was built. */
function copyTree(): TemporaryFolder {
  const folder = createTemporaryFolder();
  const names = ['migrations', 'package.json', 'package-lock.json', 'scripts', 'src'];
  for (const name of [...names, 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  // The packages are newer than the list of them, as after an installation.
  utimesSync(join(folder.path, 'package-lock.json'), 0, 0);
  return folder;
}

function quickstart(
  { path }: TemporaryFolder,
  settings: Record<string, string> = {},
  flags: readonly string[] = [],
): Running {
  const env = cleanEnv({ TIDEMARK_PORT: '0', ...settings });
  return start([join(path, 'scripts', 'quickstart.mjs'), ...flags], { env });
}

/** The steps that were printed, and the curl lines below them, once all are there. */
async function read(running: Running): Promise<{ steps: string[]; curls: string[] }> {
  await waitForOutput(running, new RegExp(`(${CURL.source}[^]*){3}`, 'm'));
  const [steps = ''] = running.output().split('\n\n');
  return { steps: steps.split('\n'), curls: running.output().match(CURL) ?? [] };
}

/** Through a real shell and a real curl, as pasted. */
async function paste(curl = ''): Promise<unknown> {
  const { stdout } = await promisify(execFile)('bash', ['-c', curl.replace('curl', 'curl -sS')]);
  return JSON.parse(stdout) as unknown;
}

test('OP-6: from a fresh clone it builds, loads the demo, serves it, and prints curl lines that work', async () => {
  using tree = copyTree();
  await using first = quickstart(tree);
  const { steps, curls } = await read(first);
  expect(steps).toEqual([
    'building',
    expect.stringMatching(/^database \.\/data\/tidemark\.db: applied 0001_/),
    expect.stringMatching(/^demo: loaded \d+ messages/),
    expect.stringMatching(/^listening on http:\/\/127\.0\.0\.1:\d+; stop with Ctrl-C/),
  ]);
  const [sync, send, poll] = curls;
  expect(await paste(sync)).toMatchObject([
    { channel_id: 'demo-coffee' },
    { channel_id: 'demo-news' },
    { channel_id: 'group1', channel_type: 2 },
    {
      channel_id: 'group123',
      channel_type: 2,
      unread: 5,
      messages: [{ from_uid: 'user456' }, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    },
    { channel_id: 'user789', channel_type: 1, unread: 2, messages: [{}, {}] },
    { channel_id: 'alice' },
    { channel_id: 'user456' },
    { channel_id: 'user1', channel_type: 1 },
  ]);
  expect(await paste(poll)).toEqual([]);
  expect(await paste(send)).toMatchObject({ status: 200, message_seq: 15 });
  expect(await paste(poll)).toMatchObject([{ channel_id: 'group123', unread: 6 }]);
  await waitForOutput(first, /conversation\/sync\?[^]*x-version-code/);
  const [rooms, messages] = first.output().match(KETTLE_CURL) ?? [];
  expect(await paste(rooms)).toMatchObject({
    success: true,
    data: { chatrooms_data: expect.arrayContaining([expect.objectContaining({ type: 7 })]) as unknown },
  });
  expect(await paste(messages)).toMatchObject({
    success: true,
    data: { conversations_data: expect.arrayContaining([expect.objectContaining({ state: 10 })]) as unknown },
  });
  first.kill('SIGINT');
  expect(await first.finished).toMatchObject({ code: 0, stderr: '' });

  await using second = quickstart(tree);
  const again = await read(second);
  expect(again.steps).toEqual([
    'database ./data/tidemark.db: up to date',
    'demo: there already',
    expect.stringMatching(/^listening on /),
  ]);
  expect(await paste(again.curls[0])).toMatchObject([
    { channel_id: 'group123', unread: 6 },
    ...Array.from({ length: 7 }, () => ({})),
  ]);
  expect(await paste(again.curls[2])).toEqual([]);
  second.kill('SIGTERM');
  expect(await second.finished).toMatchObject({ code: 0, stderr: '' });
});

test('OP-6: a port that is taken is said in one line; TIDEMARK_DB is where the data goes', async () => {
  using tree = copyTree();
  cpSync(join(ROOT, 'dist'), join(tree.path, 'dist'), { recursive: true });
  const TIDEMARK_DB = join(tree.path, 'elsewhere', 'chat.db');
  await using first = quickstart(tree, { TIDEMARK_DB });
  await read(first);
  const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(first.output()) ?? [];
  await using second = quickstart(tree, { TIDEMARK_DB, TIDEMARK_PORT: port });
  const { code, stderr } = await second.finished;
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`^quickstart: port ${port} of 127.0.0.1 is taken: .*TIDEMARK_PORT.*\n$`));
  expect(existsSync(TIDEMARK_DB)).toBe(true);
  expect(existsSync(join(tree.path, 'data'))).toBe(false);

  // What the message says to do, does it.
  const db = join(tree.path, 'flag.db');
  await using third = quickstart(tree, { TIDEMARK_PORT: port }, ['--port', '0', '--db', db]);
  expect((await read(third)).steps[0]).toMatch(new RegExp(`^database ${db}: applied`));
  await using fourth = quickstart(tree, {}, ['--prot', '0']);
  expect(await fourth.finished).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'quickstart: takes no other flags than --port <number> and --db <path or URL>\n',
  });
});

test('OP-6: a build that fails is shown, and tried again by the next run', async () => {
  using tree = copyTree();
  appendFileSync(join(tree.path, 'src', 'system.ts'), "\nexport const broken: number = 'text';\n");
  const attempt = async (): Promise<void> => {
    await using running = quickstart(tree);
    const { code, stdout, stderr } = await running.finished;
    expect([code, stdout]).toEqual([1, 'building\n']);
    expect(stderr).toMatch(/src\/system\.ts.*error TS2322[^]*\nquickstart: npm run build failed\n$/);
  };
  await attempt();
  await attempt();
});

test('OP-6: npm run quickstart runs this script', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['quickstart']).toMatch(/node scripts\/quickstart\.mjs$/);
});
