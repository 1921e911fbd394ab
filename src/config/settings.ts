import { isIP } from 'node:net';
import { isPostgresUrl, MEMORY_DB } from '../ports/database-name.js';

/**
 * A setting: what it is called on the command line and in the environment, and how its text is read.
 * Flags, help texts, the configuration and its type are all made from the table below.
 */
export interface Setting<T> {
  /** Undefined for secrets: a command line can be seen by every user of the machine. */
  readonly flag: `--${string}` | undefined;
  readonly variable: `TIDEMARK_${string}`;
  /** In the spelling of the flag and the variable; absent where there is none. */
  readonly fallback?: string;
  readonly placeholder: string;
  readonly help: string;
  readonly isSecret?: true;
  /** @throws Error whose message completes a sentence that begins with the setting's name */
  parse(this: void, text: string): T;
}

export const SETTINGS = {
  host: {
    flag: '--host',
    variable: 'TIDEMARK_HOST',
    fallback: '127.0.0.1',
    placeholder: 'address',
    help: 'address to listen on',
    parse: parseHost,
  },
  port: {
    flag: '--port',
    variable: 'TIDEMARK_PORT',
    fallback: '5001',
    placeholder: 'number',
    help: 'port to listen on; 0 takes any free one',
    parse: parsePort,
  },
  db: {
    flag: '--db',
    variable: 'TIDEMARK_DB',
    fallback: './data/tidemark.db',
    placeholder: 'path or URL',
    help: `database file, or postgres://user:password@host/database; ${MEMORY_DB} keeps nothing`,
    parse: parseDb,
  },
  dbConnections: {
    flag: '--db-connections',
    variable: 'TIDEMARK_DB_CONNECTIONS',
    fallback: '10',
    placeholder: 'number',
    help: 'how many connections to PostgreSQL each process reads with; it has two more, to write and to listen',
    parse: (text: string) => parseWholeNumber(text, { min: 1, max: 200 }),
  },
  readDb: {
    flag: '--read-db',
    variable: 'TIDEMARK_READ_DB',
    placeholder: 'URL',
    help: 'a replica of the PostgreSQL database, to sync from where it has caught up',
    parse: parsePostgresUrl,
  },
  auth: {
    flag: '--auth',
    variable: 'TIDEMARK_AUTH',
    fallback: 'open',
    placeholder: 'mode',
    help: 'open or required: whether requests need a credential',
    parse: oneOf(['open', 'required']),
  },
  jwtSecret: {
    flag: undefined,
    variable: 'TIDEMARK_JWT_SECRET',
    placeholder: 'text',
    help: 'signs user tokens; at least 32 characters; made once and kept beside the database if not set',
    isSecret: true,
    parse: secretOfAtLeast(32),
  },
  apiKey: {
    flag: undefined,
    variable: 'TIDEMARK_API_KEY',
    placeholder: 'text',
    help: 'admin key of backends; at least 16 characters; made once and kept beside the database if not set',
    isSecret: true,
    parse: secretOfAtLeast(16),
  },
  messagesKey: {
    flag: '--messages-key',
    variable: 'TIDEMARK_MESSAGES_KEY',
    fallback: 'messages',
    placeholder: 'key',
    help: 'messages, recents or both: what conversations call their messages',
    parse: oneOf(['messages', 'recents', 'both']),
  },
  accessTokenMinutes: {
    flag: '--access-token-minutes',
    variable: 'TIDEMARK_ACCESS_TOKEN_MINUTES',
    fallback: '60',
    placeholder: 'minutes',
    help: 'how long an access token that /sdk/initiate or /user/refresh gives out is valid',
    parse: (text: string) => parseWholeNumber(text, { min: 1, max: 525_600 }),
  },
  refreshTokenDays: {
    flag: '--refresh-token-days',
    variable: 'TIDEMARK_REFRESH_TOKEN_DAYS',
    fallback: '31',
    placeholder: 'days',
    help: 'how long a user stays logged in without /sdk/initiate',
    parse: (text: string) => parseWholeNumber(text, { min: 1, max: 3650 }),
  },
  kettleOverlap: {
    flag: '--kettle-overlap',
    variable: 'TIDEMARK_KETTLE_OVERLAP',
    fallback: '0',
    placeholder: 'seconds',
    help: 'how far below min_timestamp to deliver again, for phones whose clocks are ahead',
    parse: (text: string) => parseWholeNumber(text, { min: 0, max: 86_400 }),
  },
  workers: {
    flag: '--workers',
    variable: 'TIDEMARK_WORKERS',
    fallback: '1',
    placeholder: 'number',
    help: 'how many processes serve, all on one database file',
    parse: (text: string) => parseWholeNumber(text, { min: 1, max: 64 }),
  },
  maxWaiters: {
    flag: '--max-waiters',
    variable: 'TIDEMARK_MAX_WAITERS',
    fallback: '20000',
    placeholder: 'number',
    help: 'how many requests may wait at a time; 503 beyond that',
    parse: (text: string) => parseWholeNumber(text, { min: 0, max: 1_000_000 }),
  },
  maxWaitersPerUser: {
    flag: '--max-waiters-per-user',
    variable: 'TIDEMARK_MAX_WAITERS_PER_USER',
    fallback: '20',
    placeholder: 'number',
    help: 'the same for each user; 429 beyond that',
    parse: (text: string) => parseWholeNumber(text, { min: 1, max: 1_000_000 }),
  },
  maxConnections: {
    flag: '--max-connections',
    variable: 'TIDEMARK_MAX_CONNECTIONS',
    fallback: '50000',
    placeholder: 'number',
    help: 'how many connections may be open at a time; further ones are closed',
    parse: (text: string) => parseWholeNumber(text, { min: 1, max: 1_000_000 }),
  },
  rateLimit: {
    flag: '--rate-limit',
    variable: 'TIDEMARK_RATE_LIMIT',
    fallback: '1200',
    placeholder: 'number',
    help: 'requests a minute that a user may send; 0 is no limit',
    parse: (text: string) => parseWholeNumber(text, { min: 0, max: 1_000_000_000 }),
  },
  rateLimitAddress: {
    flag: '--rate-limit-address',
    variable: 'TIDEMARK_RATE_LIMIT_ADDRESS',
    fallback: '12000',
    placeholder: 'number',
    help: 'requests a minute that may come from an address, those with the admin key apart; 0 is no limit',
    parse: (text: string) => parseWholeNumber(text, { min: 0, max: 1_000_000_000 }),
  },
  trustProxy: {
    flag: '--trust-proxy',
    variable: 'TIDEMARK_TRUST_PROXY',
    fallback: 'off',
    placeholder: 'addresses',
    help: 'addresses or CIDR ranges, joined by commas, of proxies whose X-Forwarded-For is to be believed',
    parse: parseProxies,
  },
  logLevel: {
    flag: '--log-level',
    variable: 'TIDEMARK_LOG_LEVEL',
    fallback: 'info',
    placeholder: 'level',
    help: 'least severe log lines to write: trace, debug, info, warn, error, fatal or silent',
    parse: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  },
  tombstoneRetentionDays: {
    flag: '--tombstone-retention-days',
    variable: 'TIDEMARK_TOMBSTONE_RETENTION_DAYS',
    fallback: '30',
    placeholder: 'days',
    help: 'how long to remember which conversations ended',
    parse: (text: string) => parseWholeNumber(text, { min: 1, max: 36_500 }),
  },
} satisfies Record<string, Setting<unknown>>;

export type SettingKey = keyof typeof SETTINGS;

type ValueOf<S> = S extends { fallback: string; parse(text: string): infer T }
  ? T
  : S extends { parse(text: string): infer T }
    ? T | undefined
    : never;

export type Config = { readonly [K in SettingKey]: ValueOf<(typeof SETTINGS)[K]> };

export const SETTING_ENTRIES = Object.entries(SETTINGS) as readonly (readonly [
  SettingKey,
  Setting<unknown>,
])[];

/** @throws Error that names the range */
export function parseWholeNumber(text: string, { min, max }: { min: number; max: number }): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new Error(`must be a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}

function parseHost(text: string): string {
  const isHostName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text);
  if (isIP(text) === 0 && !isHostName) {
    throw new Error(`must be an IP address or a host name, without brackets or port, not '${text}'`);
  }
  return text;
}

function parsePort(text: string): number {
  if (text.startsWith('tcp://')) {
    // Kubernetes sets <SERVICE>_PORT in every pod that runs beside a Service of that name.
    throw new Error(
      `is '${text}', set by Kubernetes for a Service: set enableServiceLinks: false on the pod`,
    );
  }
  return parseWholeNumber(text, { min: 0, max: 65_535 });
}

function parseProxies(text: string): readonly string[] {
  if (text === 'off') return [];
  const ranges = text.split(',').map((range) => range.trim());
  const wrong = ranges.find((range) => !isAddressRange(range));
  if (wrong === undefined) return ranges;
  throw new Error(`must be off, or IP addresses and ranges such as 127.0.0.1,10.0.0.0/8, not '${wrong}'`);
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix] = text.split('/', 2);
  const bits = new Map([
    [4, 32],
    [6, 128],
  ]).get(isIP(address));
  if (bits === undefined || text !== [address, prefix].filter((part) => part !== undefined).join('/'))
    return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

/** The text may hold the password of a database server, so no message repeats it. */
function parseDb(text: string): string {
  if (text === MEMORY_DB) return text;
  if (isPostgresUrl(text)) return parsePostgresUrl(text);
  if (text.trim() === '' || text.includes('\0') || /^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new Error(`must be the path of a database file, the URL of a PostgreSQL database, or ${MEMORY_DB}`);
  }
  if (text.startsWith(':memory:')) throw new Error(`is spelled ${MEMORY_DB} for a store that keeps nothing`);
  return text;
}

/** What is wrong with it is not shown: it may hold a password. */
function parsePostgresUrl(text: string): string {
  if (!/^postgres(ql)?:\/\/[^/?#\s]*\/[^/?#\s]+(\?[^#\s]*)?$/.test(text)) {
    throw new Error(
      'must be of the form postgres://user:password@host:port/database, with special characters encoded (%40 is @)',
    );
  }
  return text;
}

function oneOf<const T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new Error(`must be ${choices.join(' or ')}, not '${text}'`);
    return choice;
  };
}

function secretOfAtLeast(minLength: number): (text: string) => string {
  return (text) => {
    if (text.length < minLength) throw new Error(`must have at least ${minLength} characters`);
    return text;
  };
}
