#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { createCommunity, makeManager, renewApiKey } from './commands/community.js';
import { copy } from './commands/copy.js';
import { demo } from './commands/demo.js';
import { migrate } from './commands/migrate.js';
import { serve } from './commands/serve.js';
import { token } from './commands/token.js';
import { loadConfig } from './config/load-config.js';
import { parseWholeNumber, SETTING_ENTRIES, SETTINGS, type SettingKey } from './config/settings.js';
import { AppError } from './domain/errors.js';
import { StartupError } from './domain/startup-error.js';
import { readVersion } from './config/version.js';

const EXIT_FAILED = 1;
const EXIT_WRONG_USAGE = 2;

type Flags = Partial<Record<SettingKey, string>>;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Beside the output, so that this can be kept without it. */
function printProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Commander's own default values are not used: whether a flag was given matters to the configuration. */
function addSettings(command: Command, keys: readonly SettingKey[]): Command {
  for (const [key, { flag, variable, fallback, placeholder, help }] of SETTING_ENTRIES) {
    if (!keys.includes(key) || flag === undefined) continue;
    const origin = fallback === undefined ? variable : `${variable}, default ${fallback}`;
    command.addOption(new Option(`${flag} <${placeholder}>`, `${help} (${origin})`));
  }
  return command;
}

function describeSecrets(): string {
  const secrets = SETTING_ENTRIES.filter(([, { flag }]) => flag === undefined);
  const lines = secrets.map(([, { variable, help }]) => `  ${variable}  ${help}`);
  return ['', 'By environment only:', ...lines].join('\n');
}

function database(text: string): string {
  return readArgument(() => SETTINGS.db.parse(text));
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => readArgument(() => parseWholeNumber(text, { min, max }));
}

function readArgument<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function addServe(program: Command): void {
  const command = program.command('serve').description('serve until a signal comes');
  addSettings(command, Object.keys(SETTINGS) as SettingKey[]).addHelpText('after', describeSecrets());
  command.action(async (flags: Flags) => void (await serve(loadConfig({ flags, listens: true }))));
}

function addMigrate(program: Command): void {
  const command = program.command('migrate').description("bring the database's schema up to date");
  addSettings(command, ['db']).action(async (flags: Flags) => {
    const applied = await migrate(loadConfig({ flags }));
    for (const name of applied) print(`applied ${name}`);
    if (applied.length === 0) print('up to date');
  });
}

function addCopy(program: Command): void {
  const command = program.command('copy').description('copy a whole store into an empty database');
  command.requiredOption('--from <path or URL>', 'the store; its servers must be stopped', database);
  command.requiredOption('--to <path or URL>', 'an empty database, or an unfinished copy of it', database);
  command.action(async ({ from, to }: { from: string; to: string }) => {
    // Of the settings it has only these two; of the others it says what is wrong with them, as every command does.
    const [source, target] = [loadConfig({ flags: { db: from } }), loadConfig({ flags: { db: to } })];
    const { tables, digest } = await copy({ from: source.db, to: target.db, report: printProgress });
    for (const { name, rows } of tables) print(`${name}: ${rows} rows`);
    print(`copied; both sides have the digest ${digest}`);
    print(
      'tokens stay valid with the same secrets: copy their file, or set TIDEMARK_JWT_SECRET and TIDEMARK_API_KEY',
    );
  });
}

function addDemo(program: Command): void {
  const command = program.command('demo').description('load a few users, groups and messages to play with');
  addSettings(command, ['db']).action(async (flags: Flags) => {
    const { isNew, messages, users } = await demo(loadConfig({ flags }));
    print(isNew ? `loaded ${messages} messages of ${users} users` : 'the demo is there already');
  });
}

function addToken(program: Command): void {
  const command = program.command('token').description('print a token with which a client is <uid>');
  command.argument('<uid>', 'whose token');
  addSettings(command, ['db']);
  command.option('--days <number>', 'how long it is valid', wholeNumber(1, 36_500), 30);
  command.option('--community <id>', 'whose users', wholeNumber(1, 999_999_999), 1);
  command.action(async (uid: string, options: Flags & { days: number; community: number }) => {
    const { days, community, ...flags } = options;
    print(await token(loadConfig({ flags }), { uid, communityId: community, days }));
  });
}

function addCommunity(program: Command): void {
  const community = program.command('community').description('communities, their API keys and managers');
  const create = community.command('create').description('create a community; prints its id and API key');
  create.argument('<name>', 'what its users see').option('--manager <uuid>', 'its first manager');
  addSettings(create, ['db']).action(async (name: string, options: Flags & { manager?: string }) => {
    const { manager, ...flags } = options;
    const { id, apiKey } = await createCommunity(loadConfig({ flags }), { name, managerUid: manager });
    print(`community ${id}\nAPI key ${apiKey} (shown only now)`);
  });
  const key = community.command('key').description('replace the API key of a community; prints the new one');
  key.argument('<id>', 'of the community', wholeNumber(1, 999_999_999));
  addSettings(key, ['db']).action(async (id: number, flags: Flags) => {
    print(`API key ${await renewApiKey(loadConfig({ flags }), id)} (shown only now)`);
  });
  const manager = community.command('manager').description('make a user a manager of his community');
  manager.argument('<id>', 'of the community', wholeNumber(1, 999_999_999));
  manager.argument('<uuid>', 'of the user; he is created if need be');
  addSettings(manager, ['db']).action(async (id: number, uid: string, flags: Flags) => {
    await makeManager(loadConfig({ flags }), { communityId: id, uid });
    print(`${uid} is a manager of community ${id}`);
  });
}

/** What to exit with; expected errors are one message, others show where they come from. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_USAGE;
  const isExpected = error instanceof StartupError || error instanceof AppError;
  process.stderr.write(`tidemark: ${isExpected ? error.message : describeUnexpected(error)}\n`);
  return EXIT_FAILED;
}

function describeUnexpected(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const program = new Command('tidemark')
  .description('An HTTP server that keeps chat clients in sync without losing a change')
  .version(readVersion())
  .exitOverride();
for (const add of [addServe, addMigrate, addCopy, addDemo, addToken, addCommunity]) add(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
