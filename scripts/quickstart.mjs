/**
 * From a fresh clone to a server with a demo in it, by one command. Does only what is not done yet, so
 * that a second run starts at once and keeps the data. Imports nothing that has to be installed first.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HEALTH_LIMIT_MS = 10_000;
const TOKEN_DAYS = 30;

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

/** Those that its own messages tell of. */
function readFlags() {
  try {
    return parseArgs({ options: { port: { type: 'string' }, db: { type: 'string' } } }).values;
  } catch {
    throw new StartupError('takes no other flags than --port <number> and --db <path or URL>');
  }
}

async function start(flags) {
  const { loadConfig } = await import('../dist/config/load-config.js');
  const { migrate } = await import('../dist/commands/migrate.js');
  const { demo } = await import('../dist/commands/demo.js');
  const { serve } = await import('../dist/commands/serve.js');
  const { token } = await import('../dist/commands/token.js');
  const logLevel = process.env.TIDEMARK_LOG_LEVEL || 'warn';
  const config = loadConfig({
    flags: { ...flags, host: '127.0.0.1', auth: 'open', workers: '1', logLevel },
    listens: true,
  });
  const applied = await migrate(config);
  say(`database ${config.db}: ${applied.length > 0 ? `applied ${applied.join(', ')}` : 'up to date'}`);
  const { isNew, messages, users } = await demo(config);
  say(isNew ? `demo: loaded ${messages} messages of ${users} users` : 'demo: there already');
  const url = await serve(config);
  await waitUntilHealthy(url);
  say(`listening on ${url}; stop with Ctrl-C, the data stays`);
  return { url, token: await token(config, { uid: 'user123', communityId: 1, days: TOKEN_DAYS }) };
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

/** The room of the demo that has the most in it. */
async function demoRoomId(url, token) {
  const response = await fetch(`${url}/chatroom/sync?page_size=500`, { headers: { authorization: token } });
  const { data } = await response.json();
  return data.chatrooms_data.find(({ title }) => title === 'Coffee corner')?.id ?? data.chatrooms_data[0]?.id;
}

/** As LikeMinds' documentation writes it; only host, token, times and the room's id are this server's. */
function curlGet(url, path, token) {
  return `curl --location --globoff '${url}${path}' \\
  --header 'Authorization: ${token}' \\
  --header 'x-platform-code: an' \\
  --header 'x-version-code: 318'
`;
}

function sayKettle(url, token, roomId) {
  const base = `http://localhost:${new URL(url).port}`;
  // An hour ahead, so that what is written while these lines are tried is in the answers.
  const untilMs = Date.now() + 3_600_000;
  const untilSeconds = Math.floor(untilMs / 1000);
  const rooms = `page=1&page_size=50&max_timestamp=${untilSeconds}&min_timestamp=0&chatroom_types=[0,7,10]&is_local_db=true`;
  const messages = `chatroom_id=${roomId}&page=1&page_size=200&min_timestamp=0&max_timestamp=${untilMs}&is_local_db=false`;
  say(`For LikeMinds' chat SDKs, an access token of user123, good for ${TOKEN_DAYS} days:\n\n${token}\n`);
  say('The rooms of user123:\n');
  say(curlGet(base, `/chatroom/sync?${rooms}`, token));
  say('What is said in one of them:\n');
  say(curlGet(base, `/conversation/sync?${messages}`, token));
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
  const flags = readFlags();
  install();
  build();
  const { url, token } = await start(flags);
  sayWhatToTry(url, await currentVersion(url));
  sayKettle(url, token, await demoRoomId(url, token));
} catch (error) {
  const isExpected = error?.name === 'StartupError' || error?.name === 'ConfigError';
  process.stderr.write(`quickstart: ${isExpected ? error.message : (error?.stack ?? error)}\n`);
  process.exit(1);
}
