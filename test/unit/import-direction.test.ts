import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { isSyntaxNode, listSourceFiles, type SyntaxNode, walkSourceFile } from '../support/walk-source.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What every layer above them may import. */
const FOUNDATION = ['ports', 'domain'];
const CORE = ['engine', ...FOUNDATION];

/** What each layer may import besides itself; a file or folder that is not here has no place yet. */
const ALLOWED: Record<string, readonly string[]> = {
  domain: [],
  ports: ['domain'],
  engine: FOUNDATION,
  config: FOUNDATION,
  system: FOUNDATION,
  http: CORE,
  app: ['http', 'config', ...CORE],
  server: ['app', 'http', 'config', 'system', 'storage', 'open-store', ...CORE],
  commands: ['server', 'app', 'http', 'config', 'system', 'storage', 'open-store', ...CORE],
  cli: ['commands', 'server', 'app', 'http', 'config', 'system', 'storage', 'open-store', ...CORE],
  storage: FOUNDATION,
  'open-store': ['storage', 'memory', 'sql', 'sqlite', 'postgres', ...FOUNDATION],
  memory: ['storage', ...FOUNDATION],
  sql: ['storage', ...FOUNDATION],
  sqlite: ['sql', 'storage', ...FOUNDATION],
  postgres: ['sql', 'storage', ...FOUNDATION],
};

/** They know the language only: neither packages nor what is built into Node. */
const PURE = new Set(['domain', 'ports', 'engine']);

/** The only layer that may import a driver. */
const DRIVERS: Record<string, string> = { 'better-sqlite3': 'sqlite', pg: 'postgres' };

/** Where a file is put to try the lint rules on it; also in a folder of http, from where paths are longer. */
const FOLDERS =
  'domain ports engine config http http/wukong commands ' +
  'storage storage/memory storage/sql storage/sqlite storage/postgres';
const PROBES = FOLDERS.split(' ').map((folder) => `${folder}/probe.ts`);
const SINGLE_FILES = ['system.ts', 'app.ts', 'server.ts', 'cli.ts', 'storage/open-store.ts'];
const PACKAGES = ['fastify', 'node:fs', ...Object.keys(DRIVERS)];

/** Every form of an import; the line's number keeps their names apart. */
const FORMS = {
  imports: (specifier: string, line: number) => `import { x as x${line} } from '${specifier}';`,
  'imports of types': (specifier: string, line: number) =>
    `import type { X as X${line} } from '${specifier}';`,
  'imports on demand': (specifier: string) => `await import('${specifier}');`,
  're-exports': (specifier: string) => `export * from '${specifier}';`,
};

describe('imports go one way', () => {
  test('DV-2: every import in src leads to a layer below', () => {
    const wrong = listSourceFiles(`${root}src`).flatMap((path) => {
      const file = relative(`${root}src`, path).split(sep).join('/');
      return listImports(walkSourceFile(path))
        .filter((specifier) => !isAllowed(file, specifier))
        .map((specifier) => `src/${file} imports ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  test.each(Object.entries(FORMS))('DV-2: the linter refuses just the same, for %s', (_form, write) => {
    const imports = [...PROBES, ...SINGLE_FILES].map((file) => ({ file, specifiers: listSpecifiers(file) }));
    const expected = imports.flatMap(({ file, specifiers }) =>
      specifiers
        .filter((specifier) => !isAllowed(file, specifier))
        .map((specifier) => `${file}: ${specifier}`),
    );

    const found = lint(imports.map(({ file, specifiers }) => ({ file, lines: specifiers.map(write) })));

    const refused = found.map(({ file, line }) => {
      const specifiers = imports.find((probe) => probe.file === file)?.specifiers;
      return `${file}: ${specifiers?.[line - 1]}`;
    });
    expect(refused.toSorted()).toEqual(expected.toSorted());
  });
});

/** Whether `file`, a path in src, may import `specifier`. */
function isAllowed(file: string, specifier: string): boolean {
  const from = layerOf(file);
  if (!specifier.startsWith('.')) return !PURE.has(from) && (DRIVERS[specifier] ?? from) === from;
  const to = layerOf(posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts'));
  return from === to || ALLOWED[from]?.includes(to) === true;
}

function layerOf(file: string): string {
  const [, layer] = /^(?:storage\/)?([a-z-]+)(?:\.ts$|\/)/.exec(file) ?? [];
  if (layer !== undefined && layer in ALLOWED) return layer;
  if (file.startsWith('storage/')) return 'storage';
  throw new Error(`src/${file} belongs to no layer: add it to ALLOWED and to .oxlintrc.json`);
}

function listImports(nodes: Iterable<SyntaxNode>): string[] {
  return [...nodes].flatMap(({ type, source }) =>
    /^(?:Import|Export|TSImport)/.test(type) && isSyntaxNode(source) ? String(source['value']) : [],
  );
}

/** What a probe tries: each layer, by the way that leads there from `file`, and packages. */
function listSpecifiers(file: string): string[] {
  const targets = [...PROBES, ...SINGLE_FILES].filter((target) => target !== file);
  const paths = targets.map((target) => posix.relative(posix.dirname(file), target).replace(/\.ts$/, '.js'));
  return [...paths.map((path) => (path.startsWith('.') ? path : `./${path}`)), ...PACKAGES];
}

interface LintedFile {
  readonly file: string;
  readonly lines: readonly string[];
}

interface Finding {
  readonly file: string;
  readonly line: number;
}

/** The lines that this project's settings refuse as imports, were those files its src. */
function lint(files: readonly LintedFile[]): Finding[] {
  using folder = createTemporaryFolder();
  copyFileSync(join(root, '.oxlintrc.json'), join(folder.path, '.oxlintrc.json'));
  for (const { file, lines } of files) {
    const path = join(folder.path, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, lines.join('\n'));
  }
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json'], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return diagnostics
    .filter(({ code }) => code === 'eslint(no-restricted-imports)')
    .map(({ filename, labels: [label] }) => ({
      file: filename.replace(/^src\//, ''),
      line: label?.span.line ?? 0,
    }));
}

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}
