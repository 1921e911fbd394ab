/**
 * From a fresh clone to a server with a demo in it, by one command. Does only what is not done yet, so
 * that a second run starts at once and keeps the data. Imports nothing that has to be installed first.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HEALTH_LIMIT_MS = 10_000;

/** Named as those of the server: its message is shown without a stack. */
class StartupError extends Error {
  name = 'StartupError';
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** When a file, or the newest in a folder, was changed; 0 if it does not exist. */
function changedMs(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  const inside = stats.isDirectory() ? readdirSync(path).map((name) => changedMs(join(path, name))) : [];
  return Math.max(stats.mtimeMs, ...inside);
}

/** Runs npm without its output, unless it fails. */
function npm(...args) {
  const viaNpm = process.env.npm_execpath;
  const [command, ...rest] = viaNpm ? [process.execPath, viaNpm, ...args] : ['npm', ...args];
  const { status, error, stdout, stderr } = spawnSync(command, rest, { cwd: ROOT, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  throw new StartupError(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function install() {
  const wantedMs = changedMs(join(ROOT, 'package-lock.json'));
  if (changedMs(join(ROOT, 'node_modules/.package-lock.json')) >= wantedMs) return;
  say('installing packages (the first time takes a minute)');
  npm('ci', '--no-audit', '--no-fund');
}

function build() {
  const sources = ['src', 'migrations', 'tsconfig.json', 'tsconfig.build.json'];
  const newestMs = Math.max(...sources.map((name) => changedMs(join(ROOT, name))));
  if (changedMs(join(ROOT, 'dist/cli.js')) >= newestMs) return;
  say('building');
  npm('run', 'build');
}

async function start() {
  const { loadConfig } = await import('../dist/config/load-config.js');
  const { migrate } = await import('../dist/commands/migrate.js');
  const { demo } = await import('../dist/commands/demo.js');
  const { serve } = await import('../dist/commands/serve.js');
  const logLevel = process.env.TIDEMARK_LOG_LEVEL || 'warn';
  const config = loadConfig({ flags: { host: '127.0.0.1', auth: 'open', logLevel }, listens: true });
  const applied = await migrate(config);
  say(`database ${config.db}: ${applied.length > 0 ? `applied ${applied.join(', ')}` : 'up to date'}`);
  const { isNew, messages, users } = await demo(config);
  say(isNew ? `demo: loaded ${messages} messages of ${users} users` : 'demo: there already');
  const url = await serve(config);
  await waitUntilHealthy(url);
  say(`listening on ${url}; stop with Ctrl-C, the data stays`);
  return url;
}

async function waitUntilHealthy(url) {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
  if (!response.ok) throw new Error(`${url}/health answered ${response.status}`);
}

/** Where user123 is now, with all digits, so that a poll from here tells what came later. */
async function currentVersion(url) {
  const response = await fetch(`${url}/conversation/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uid: 'user123' }),
  });
  return response.headers.get('x-sync-version') ?? '0';
}

function curl(url, path, body) {
  const json = body.map(([key, value]) => `    "${key}": ${value}`).join(',\n');
  return `curl -X POST "${url}${path}" \\
  -H "Content-Type: application/json" \\
  -d '{
${json}
  }'
`;
}

function sayWhatToTry(url, version) {
  const base = `http://localhost:${new URL(url).port}`;
  const payload = Buffer.from(JSON.stringify({ type: 1, content: 'Hello from curl' })).toString('base64');
  say('\nWhat has user123 missed?\n');
  say(
    curl(base, '/conversation/sync', [
      ['uid', '"user123"'],
      ['version', '1640995200000000000'],
      ['last_msg_seqs', '"user1:1:100|group1:2:200"'],
      ['msg_count', '10'],
      ['only_unread', '0'],
      ['exclude_channel_types', '[3, 4]'],
    ]),
  );
  say('user456 writes to group123 (the payload is base64):\n');
  say(
    curl(base, '/message/send', [
      ['from_uid', '"user456"'],
      ['channel_id', '"group123"'],
      ['channel_type', '2'],
      ['payload', `"${payload}"`],
    ]),
  );
  say('What is new for user123 since the start?\n');
  say(
    curl(base, '/conversation/sync', [
      ['uid', '"user123"'],
      ['version', version],
      ['msg_count', '10'],
    ]),
  );
}

try {
  // As under npm, so that ./data is the same wherever the script is started from.
  process.chdir(ROOT);
  install();
  build();
  const url = await start();
  sayWhatToTry(url, await currentVersion(url));
} catch (error) {
  const isExpected = error?.name === 'StartupError' || error?.name === 'ConfigError';
  process.stderr.write(`quickstart: ${isExpected ? error.message : (error?.stack ?? error)}\n`);
  process.exit(1);
}
