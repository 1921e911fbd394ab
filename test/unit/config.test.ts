import { describe, expect, test } from 'vitest';
import { ConfigError, isLoopback, loadConfig, type ConfigSources } from '../../src/config/load-config.js';
import { SETTING_ENTRIES } from '../../src/config/settings.js';

function faultsOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig({ env: {}, ...sources });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the table', () => {
  test('CF-1: with nothing given, every setting has its default', () => {
    expect(loadConfig({ env: {} })).toEqual({
      host: '127.0.0.1',
      port: 5001,
      db: './data/tidemark.db',
      dbConnections: 10,
      auth: 'open',
      messagesKey: 'messages',
      accessTokenMinutes: 60,
      refreshTokenDays: 31,
      kettleOverlap: 0,
      maxWaiters: 20_000,
      maxWaitersPerUser: 20,
      maxConnections: 50_000,
      rateLimit: 1200,
      rateLimitAddress: 12_000,
      trustProxy: [],
      logLevel: 'info',
      tombstoneRetentionDays: 30,
      workers: 1,
    });
  });

  test('CF-1: a flag comes before the variable, and the variable before the default', () => {
    const env = { TIDEMARK_PORT: '6000', TIDEMARK_DB: '/srv/chat.db' };
    expect(loadConfig({ flags: { port: '7000' }, env })).toMatchObject({ port: 7000, db: '/srv/chat.db' });
  });

  test('CF-1: an empty variable counts as not set, an empty flag as a fault', () => {
    expect(loadConfig({ env: { TIDEMARK_PORT: '' } }).port).toBe(5001);
    expect(faultsOf({ flags: { port: '' } })).toHaveLength(1);
  });

  test('CF-1: the configuration cannot be changed', () => {
    expect(Object.isFrozen(loadConfig({ env: {} }))).toBe(true);
  });

  test('CF-1: the help of a setting with few values names them all', () => {
    const choices = SETTING_ENTRIES.flatMap(([key, { variable, help }]) => {
      const [fault = ''] = faultsOf({ env: { [variable]: 'nonsense' } });
      const [, words] = / must be (\w+(?: or \w+)+), not/.exec(fault) ?? [];
      return words === undefined ? [] : [{ key, help, values: words.split(' or ') }];
    });
    expect(choices.map(({ key }) => key)).toEqual(['auth', 'messagesKey', 'logLevel']);
    for (const { help, values } of choices) for (const value of values) expect(help).toContain(value);
  });

  test('CF-1: no two settings share a name, and each flag is its key in kebab case', () => {
    const variables = SETTING_ENTRIES.map(([, { variable }]) => variable);
    expect(new Set(variables).size).toBe(variables.length);
    for (const [key, { flag }] of SETTING_ENTRIES) {
      const kebab = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      expect([undefined, `--${kebab}`]).toContain(flag);
    }
  });

  test('CF-1: every default is a text that its own setting accepts', () => {
    for (const [, { fallback, parse }] of SETTING_ENTRIES) {
      expect(() => fallback !== undefined && parse(fallback)).not.toThrow();
    }
  });

  test('CF-1: secrets have no flag, because command lines can be seen by others', () => {
    const secrets = SETTING_ENTRIES.filter(([, { isSecret }]) => isSecret);
    expect(secrets.map(([key, { flag }]) => [key, flag])).toEqual([
      ['jwtSecret', undefined],
      ['apiKey', undefined],
    ]);
  });
});

describe('faults', () => {
  test('CF-1: all faults are reported at once, each by the name that was used', () => {
    const env = {
      TIDEMARK_PORT: '5001',
      TIDEMARK_AUTH: 'opne',
      TIDEMARK_API_KEY: 'short',
      TIDEMARK_PROT: '1',
    };
    const faults = faultsOf({ flags: { port: '70000', db: 'postgres://u:hunter2@host' }, env });
    expect(faults).toEqual([
      expect.stringMatching(/^TIDEMARK_PROT is not a setting/),
      "--port must be a whole number from 0 to 65535, not '70000'",
      expect.stringMatching(/^--db must be of the form postgres:\/\/user:password@host:port\/database/),
      "TIDEMARK_AUTH must be open or required, not 'opne'",
      'TIDEMARK_API_KEY must have at least 16 characters',
    ]);
  });

  test('CF-1: the message of several faults lists them all', () => {
    expect(() => loadConfig({ env: { TIDEMARK_PORT: 'x', TIDEMARK_AUTH: 'y' } })).toThrow(
      /^2 faults in the configuration:\n {2}TIDEMARK_PORT .*\n {2}TIDEMARK_AUTH .*$/,
    );
  });

  test.each([
    ['port', ['-1', '1.5', '0x10', ' 80', '65536', '1e3', 'tcp://10.0.0.7:5001']],
    ['host', ['', ' ', 'http://localhost', '[::1]', 'localhost:80', 'a b', '-a']],
    [
      'db',
      [
        '',
        ' ',
        'sqlite://x',
        'postgresql://x',
        'postgres://a/b c',
        'postgres://a/b#c',
        'POSTGRES://x',
        ':memory:',
        'a\0b',
      ],
    ],
    ['dbConnections', ['0', '-1', '201', '1.5', 'x']],
    ['readDb', ['', './data/tidemark.db', 'memory:', 'postgres://x', 'mysql://a/b']],
    ['auth', ['Open', 'none']],
    ['messagesKey', ['all']],
    ['logLevel', ['verbose']],
    ['accessTokenMinutes', ['0', '-1', '1.5', '525601']],
    ['refreshTokenDays', ['0', '3651', 'x']],
    ['maxConnections', ['0', '-1', '1000001', 'x']],
    ['rateLimit', ['-1', '1.5', '1e3', '1000000001']],
    ['rateLimitAddress', ['-1', 'x']],
    [
      'trustProxy',
      [
        'on',
        'true',
        '1',
        '10.0.0.0/33',
        '10.0.0.0/',
        '::1/129',
        '10.0.0',
        '10.0.0.1,',
        ' ',
        'a.b',
        '10.0.0.1/8/9',
      ],
    ],
    ['kettleOverlap', ['-1', '86401', '2m']],
    ['tombstoneRetentionDays', ['0', '-1', '0.5', '1000000']],
  ] as const)('CF-1: %s refuses what it cannot mean', (key, texts) => {
    const accepted = texts.filter((text) => faultsOf({ flags: { [key]: text } }).length !== 1);
    expect(accepted).toEqual([]);
  });

  test.each([
    ['port', ['0', '1', '65535']],
    ['host', ['0.0.0.0', '::', '::1', 'localhost', 'chat-1.example.org']],
    ['db', ['memory:', '/a/b.db', 'C:\\chat.db', './with space.db', 'memory']],
    [
      'db',
      [
        'postgres://h/chat',
        'postgresql://u:p%40@h:5432/chat?sslmode=require',
        'postgres://u@/chat?host=/run/pg',
      ],
    ],
    ['dbConnections', ['1', '200']],
    ['readDb', ['postgres://h/chat', 'postgresql://u:p%40@h:5432/chat?sslmode=require']],
    ['messagesKey', ['messages', 'recents', 'both']],
    ['logLevel', ['trace', 'silent']],
    ['accessTokenMinutes', ['1', '15']],
    ['refreshTokenDays', ['1', '365']],
    ['maxConnections', ['1', '1000000']],
    ['rateLimit', ['0', '1', '1000000000']],
    ['rateLimitAddress', ['0', '600']],
    ['trustProxy', ['off', '127.0.0.1', '::1', '10.0.0.0/8', '10.0.0.1, fd00::/8,192.168.0.0/16']],
    ['kettleOverlap', ['0', '120']],
    ['tombstoneRetentionDays', ['1', '365']],
  ] as const)('CF-1: %s accepts what it can mean', (key, texts) => {
    expect(texts.flatMap((text) => faultsOf({ flags: { [key]: text } }))).toEqual([]);
  });

  test('CF-1: proxies are read one by one', () => {
    const { trustProxy } = loadConfig({ env: { TIDEMARK_TRUST_PROXY: '10.0.0.1, fd00::/8' } });
    expect(trustProxy).toEqual(['10.0.0.1', 'fd00::/8']);
  });

  test('CF-1: the port that Kubernetes sets for a Service is told apart from a typing error', () => {
    expect(faultsOf({ env: { TIDEMARK_PORT: 'tcp://10.0.0.7:5001' } })).toEqual([
      expect.stringContaining('enableServiceLinks: false'),
    ]);
  });

  test('CF-3: a fault never repeats a secret, nor the password in a database address', () => {
    const env = {
      TIDEMARK_JWT_SECRET: 'hunter2',
      TIDEMARK_API_KEY: 'hunter2',
      TIDEMARK_DB: 'postgres://a:hunter2@b',
      TIDEMARK_READ_DB: 'postgres://a:hunter2@b',
    };
    expect(faultsOf({ env })).toHaveLength(4);
    expect(faultsOf({ env }).join()).not.toContain('hunter2');
  });
});

describe('a replica', () => {
  const readDb = 'postgres://u:hunter2@replica/chat';

  test('CF-1, CF-3: goes only with a PostgreSQL database, which is said without a password', () => {
    expect(loadConfig({ flags: { readDb, db: 'postgres://u@h/chat' }, env: {}, listens: true }).readDb).toBe(
      readDb,
    );
    for (const db of ['memory:', './data/tidemark.db', undefined]) {
      const flags = db === undefined ? { readDb } : { readDb, db };
      expect(faultsOf({ flags, listens: true })).toEqual([
        '--read-db (TIDEMARK_READ_DB) names a replica of a PostgreSQL database: name that with --db (TIDEMARK_DB)',
      ]);
    }
  });

  test('CF-1: commands that do not listen do not ask', () => {
    expect(faultsOf({ env: { TIDEMARK_READ_DB: readDb } })).toEqual([]);
  });
});

describe('variables', () => {
  test('CF-4: an unknown TIDEMARK_ variable is a fault that names it and those that exist', () => {
    expect(faultsOf({ env: { TIDEMARK_PROT: '80', PATH: '/bin' } })).toEqual([
      expect.stringMatching(/^TIDEMARK_PROT is not a setting of this version; there are .*TIDEMARK_PORT/),
    ]);
  });

  test('CF-4: variables for tests are none of its business', () => {
    expect(faultsOf({ env: { TIDEMARK_TEST_SEED: '7' } })).toEqual([]);
  });
});

describe('open access', () => {
  const outside = { host: '0.0.0.0' };

  test('CF-2: open on an address that others reach is refused, with what to do', () => {
    const [fault = ''] = faultsOf({ flags: outside, listens: true });
    for (const part of ['0.0.0.0', '--auth required', 'TIDEMARK_AUTH=required', '--auth open']) {
      expect(fault).toContain(part);
    }
  });

  test('CF-2: it starts when open was asked for by flag or by variable, or when a credential is needed', () => {
    expect(faultsOf({ flags: { ...outside, auth: 'open' }, listens: true })).toEqual([]);
    expect(faultsOf({ flags: outside, env: { TIDEMARK_AUTH: 'open' }, listens: true })).toEqual([]);
    expect(faultsOf({ flags: { ...outside, auth: 'required' }, listens: true })).toEqual([]);
    expect(faultsOf({ flags: outside, env: { TIDEMARK_AUTH: '' }, listens: true })).toHaveLength(1);
  });

  test('CF-2: commands that do not listen do not ask', () => {
    expect(faultsOf({ flags: outside })).toEqual([]);
  });

  test.each(['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST'])(
    'CF-2: %s is loopback',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  test.each([
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '127.example.org',
    '127.1',
    'localhost.example.org',
    '192.168.0.1',
  ])('CF-2: %s is not loopback', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
