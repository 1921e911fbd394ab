import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly title: string;
}

function listMutants(): Mutant[] {
  const script = join(root, 'scripts', 'check-mutants.mjs');
  const lines = execFileSync(process.execPath, [script, '--list'], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [, name = '', file = '', title = ''] = /^(\S+): (\S+) > (.+)$/.exec(line) ?? [];
    return { name, file, title };
  });
}

test('PR-10: each patch applies to the sources as they are', () => {
  using folder = createTemporaryFolder();
  for (const name of ['src', 'migrations']) {
    cpSync(join(root, name), join(folder.path, name), { recursive: true });
  }
  // Without this, git would look for a repository around the folder.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() };
  for (const { name } of listMutants()) {
    const patch = join(root, 'test', 'mutants', `${name}.patch`);
    const options = { cwd: folder.path, env, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync('git', ['apply', '--check', patch], options);
    expect([name, stderr, status]).toEqual([name, '', 0]);
  }
});

test('PR-10: each patch says what it puts back, and the law that it names is there', () => {
  for (const { name, file, title } of listMutants()) {
    const [about = ''] = readFileSync(join(root, 'test', 'mutants', `${name}.patch`), 'utf8').split('\n\n');
    expect(about, name).toMatch(/^[A-Z].{40,}/);
    expect(readFileSync(join(root, file), 'utf8'), name).toContain(`'${title}'`);
  }
});

test('PR-10: the README of the tests says of each what has caught it', () => {
  const readme = readFileSync(join(root, 'test', 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| (\d\d-[\w-]+) \|[^|]+\| ([^|]+) \|/gm)].map(([, name, law]) => ({
    name,
    law,
  }));
  const expected = listMutants().map(({ name, file, title }) => ({
    name,
    law: `${title.split(':')[0]} in \`${file.replace(/^test\/|\.test\.ts$/g, '')}\``,
  }));
  expect(rows).toEqual(expected);
});
