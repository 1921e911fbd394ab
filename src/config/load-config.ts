import { BlockList, isIP } from 'node:net';
import { StartupError } from '../domain/startup-error.js';
import { isPostgresUrl, MEMORY_DB } from '../ports/database-name.js';
import { SETTING_ENTRIES, type Config, type Setting, type SettingKey } from './settings.js';

/** For variables that only tests read. */
const TEST_PREFIX = 'TIDEMARK_TEST_';

export interface ConfigSources {
  /** What the command line says, by setting. */
  readonly flags?: Partial<Readonly<Record<SettingKey, string>>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether a server is to listen by this configuration, so that who can reach it matters. */
  readonly listens?: boolean;
}

/** Everything that is wrong with the configuration. */
export class ConfigError extends StartupError {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const [first = ''] = faults;
    const all = [`${faults.length} faults in the configuration:`, ...faults].join('\n  ');
    super(faults.length === 1 ? first : all);
    this.faults = faults;
  }
}

/**
 * The configuration: each setting from its flag, else its environment variable, else its default. An
 * empty variable counts as not set, which is what compose files make of a variable that they pass on.
 *
 * @throws ConfigError with all faults at once
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { flags = {}, env = process.env, listens = false } = sources;
  const faults = unknownVariables(env);
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const [key, setting] of SETTING_ENTRIES) {
    const flag = flags[key];
    const text = flag ?? fromEnv(env, setting) ?? setting.fallback;
    if (text === undefined) continue;
    try {
      values[key] = setting.parse(text);
    } catch (error) {
      const name = flag === undefined ? setting.variable : (setting.flag ?? key);
      faults.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const isAuthGiven = flags.auth !== undefined || Boolean(env['TIDEMARK_AUTH']);
  if (listens && !isAuthGiven && typeof values.host === 'string' && !isLoopback(values.host)) {
    faults.push(openToOthers(values.host));
  }
  if (values.db === MEMORY_DB && values.workers !== 1) {
    faults.push(
      `${MEMORY_DB} belongs to one process: with --workers (TIDEMARK_WORKERS), name a database file`,
    );
  }
  if (listens && values.readDb !== undefined && typeof values.db === 'string' && !isPostgresUrl(values.db)) {
    faults.push(
      '--read-db (TIDEMARK_READ_DB) names a replica of a PostgreSQL database: name that with --db (TIDEMARK_DB)',
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(values as Config);
}

/** Whether only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const family = isIP(host);
  if (family === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function fromEnv(env: NonNullable<ConfigSources['env']>, { variable }: Setting<unknown>): string | undefined {
  const text = env[variable];
  return text === '' ? undefined : text;
}

/** A misspelled variable would otherwise leave its setting at the default without a word. */
function unknownVariables(env: NonNullable<ConfigSources['env']>): string[] {
  const known = SETTING_ENTRIES.map(([, { variable }]): string => variable);
  return Object.keys(env)
    .filter((name) => name.startsWith('TIDEMARK_') && !name.startsWith(TEST_PREFIX) && !known.includes(name))
    .map((name) => `${name} is not a setting of this version; there are ${known.join(', ')}`);
}

function openToOthers(host: string): string {
  return (
    `host ${host} can be reached from other machines, and no credential is asked for: ` +
    'set --auth required (TIDEMARK_AUTH=required), ' +
    'or --auth open (TIDEMARK_AUTH=open) to let everyone who reaches it read and write everything'
  );
}
