import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { SETTING_ENTRIES } from '../../src/config/settings.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

function variablesIn(text: string): string[] {
  return [...new Set(text.match(/TIDEMARK_[A-Z_]+/g))];
}

/** What the linter says about a compose file, in a form that is empty when it says nothing. */
function lintCompose(path: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [pathOf('node_modules/.bin/dclint'), path], {
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`.trim();
}

test('OP-7: its linter finds nothing in docker-compose.yml', () => {
  expect(lintCompose(pathOf('docker-compose.yml'))).toBe('');
});

test('OP-7: its linter finds nothing in the Dockerfile', () => {
  expect(validate(readFileSync(pathOf('Dockerfile'), 'utf8'))).toEqual([]);
});

test('OP-7: the linters do find what is wrong', () => {
  using folder = createTemporaryFolder();
  const path = join(folder.path, 'docker-compose.yml');
  writeFileSync(path, 'services: {}\n');
  expect(lintCompose(path)).toContain('name');
  expect(validate('FROM node:20\nRUNN true\n')).not.toEqual([]);
});

test.each(['Dockerfile', 'docker-compose.yml'])('OP-7: every variable in %s is a setting', (name) => {
  const known = SETTING_ENTRIES.map(([, { variable }]) => variable);
  const used = variablesIn(readFileSync(pathOf(name), 'utf8'));
  expect(used).not.toEqual([]);
  expect(known).toEqual(expect.arrayContaining(used));
});

test('OP-7: the build is sent each file that the Dockerfile copies', () => {
  const sent = readFileSync(pathOf('.dockerignore'), 'utf8').match(/(?<=^!).*/gm) ?? [];
  const copies = readFileSync(pathOf('Dockerfile'), 'utf8').match(/(?<=^COPY )(?!--from).*(?= \S+$)/gm) ?? [];
  const copied = copies.flatMap((files) => files.split(' '));
  expect(sent.toSorted()).toEqual(copied.toSorted());
});

test('OP-7: ports are published on this machine only, for as long as no credential is asked for', () => {
  const compose = readFileSync(pathOf('docker-compose.yml'), 'utf8');
  expect(compose.match(/^ +TIDEMARK_AUTH: .*$/gm)).toEqual([
    '    TIDEMARK_AUTH: open',
    '      TIDEMARK_AUTH: open',
  ]);
  const ports = ['5002', '5003', '5001'].map((port) => `      - '127.0.0.1:${port}:5001'`);
  expect(compose.match(/^ +- '[\d.:]+'$/gm)).toEqual(ports);
});

test('OP-7: without a profile there is one server, on SQLite, and it needs no variable', () => {
  const compose = readFileSync(pathOf('docker-compose.yml'), 'utf8');
  const parts = compose.split(/^(?= {2}\S.*:$)/m);
  const server = parts.find((part) => part.startsWith('  tidemark:'));
  expect(server).not.toMatch(/profiles|POSTGRES|^[^#]*\$\{/m);
  for (const name of ['  node-1:', '  node-2:', '  postgres:']) {
    expect(parts.find((part) => part.startsWith(name))).toMatch(/<<: \*node|profiles:\n +- postgres\n/);
  }
  expect(compose).toMatch(/^x-node: &node\n(?: .*\n)*? {2}profiles:\n {4}- postgres\n/m);
  // A variable that has no value must not stop those who do not use it.
  expect(compose.match(/^[^#\n]*\$\{\w+\}/gm)).toBeNull();
});

test('OP-7: with PostgreSQL, servers share its password and their secrets, and start when it answers', () => {
  const compose = readFileSync(pathOf('docker-compose.yml'), 'utf8');
  expect(compose).toContain('TIDEMARK_DB: postgres://tidemark:${POSTGRES_PASSWORD:-}@postgres/tidemark');
  expect(compose).toContain('POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-}');
  expect(compose).toMatch(
    /TIDEMARK_JWT_SECRET: \$\{TIDEMARK_JWT_SECRET:-\}\n +TIDEMARK_API_KEY: \$\{TIDEMARK_API_KEY:-\}/,
  );
  expect(compose).toContain('condition: service_healthy');
});
