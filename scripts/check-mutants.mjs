/**
 * Puts known defects back, one at a time, in a copy of the sources, and requires that the law which is named for each
 * is broken by it. A law that holds with its defect in place proves nothing without it either.
 *
 * What counts is an assertion that fails. A patch that does not apply or compile, a test that runs out of time or is
 * not found, proves nothing, and the run fails as if the mutant had survived.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['src', 'migrations', 'test', 'checker', 'bench', 'postgres-cluster'];
const TSCONFIGS = ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.tools.json'];
const COPIED = [...FOLDERS, ...TSCONFIGS, 'package.json', 'vitest.config.ts'];
const TSC = [process.execPath, 'node_modules/typescript/bin/tsc', '-p'];
const VITEST = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run'];
const PROJECTS = ['--project=unit', '--project=full'];
const POSTGRES_PROJECT = '--project=postgres';

/** Random laws look at the same histories every time, so that a mutant is caught always or never; one is enough. */
const SEED = '7';
const TEST_ENV = { TIDEMARK_TEST_SEED: SEED, TIDEMARK_TEST_SHRINK: '0' };
const CHECKER_SECONDS = 30;

/** For a busy machine: everything here ends by itself long before. */
const PATIENCE_MS = 300_000;

/** The list is wrong, and not the server. */
class ListError extends Error {
  name = 'ListError';
}

/** A patch and the law that is to catch it: `Law: test/… > title`, above the diff. */
function readMutant(path) {
  const [, file, title] = /^Law: (\S+) > (.+)$/m.exec(readFileSync(path, 'utf8')) ?? [];
  if (file === undefined) throw new ListError(`${path} names no law`);
  return { path, name: basename(path, '.patch'), file, title };
}

function listMutants(folder, only) {
  const mutants = readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .toSorted()
    .map((name) => readMutant(join(folder, name)));
  const isWanted = ({ name }) => only === undefined || only.some((prefix) => name.startsWith(prefix));
  const wanted = mutants.filter(isWanted);
  if (wanted.length === 0) throw new ListError('there is no such mutant');
  return wanted;
}

function makeCopy() {
  const copy = mkdtempSync(join(tmpdir(), 'tidemark-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Runs a program in the copy to its end. */
function run(copy, [command, ...args]) {
  // Without this, git would look for a repository around the copy.
  const env = { ...process.env, ...TEST_ENV, GIT_CEILING_DIRECTORIES: dirname(copy) };
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: copy,
    env,
    encoding: 'utf8',
    maxBuffer: Infinity,
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  if (error) throw new ListError(`${command} ${args.join(' ')}: ${error.message}`);
  return { status, output: `${stdout}${stderr}` };
}

function insist(copy, what, command) {
  const { status, output } = run(copy, command);
  if (status !== 0) throw new ListError(`${what}:\n${output}`);
}

/** Returns the tests that have run, with their outcomes. */
function runLaws(copy, laws) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const pattern = laws.map(({ title }) => title.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|');
  const files = new Set(laws.map(({ file }) => file));
  const needsPostgres = laws.some(({ file }) => file.startsWith('test/postgres/'));
  const options = [
    ...PROJECTS,
    ...(needsPostgres ? [POSTGRES_PROJECT] : []),
    '-t',
    pattern,
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  const { output } = run(copy, [...VITEST, ...files, ...options]);
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } catch {
    throw new ListError(`the laws have not run:\n${output}`);
  }
}

function outcomesOf(tests, { file, title }) {
  const found = tests.filter((test) => test.title === title && test.status !== 'skipped');
  if (found.length === 0) throw new ListError(`${file} has no test "${title}"`);
  return found;
}

/** Whether the law is broken. */
function isCaught(copy, mutant) {
  const failed = outcomesOf(runLaws(copy, [mutant]), mutant).filter(({ status }) => status === 'failed');
  for (const { failureMessages } of failed) {
    const text = failureMessages.join('\n');
    if (!text.includes('AssertionError')) throw new ListError(`no assertion of the law has failed:\n${text}`);
  }
  return failed.length > 0;
}

function secondsSince(startedMs) {
  return ((performance.now() - startedMs) / 1000).toFixed(1);
}

/** Which of its own laws the checker finds broken, and after how long. */
function runChecker(copy) {
  const startedMs = performance.now();
  const args = ['--seconds', String(CHECKER_SECONDS), '--seed', SEED];
  const { output } = run(copy, [process.execPath, 'dist-tools/checker/main.js', ...args]);
  const [, law] = /^VIOLATION of "(.+)", found by/m.exec(output) ?? [];
  if (law !== undefined) return `"${law}" after ${secondsSince(startedMs)} s`;
  if (/^nothing lost|^Nothing was lost/m.test(output)) return `not in ${CHECKER_SECONDS} s`;
  throw new ListError(`the checker has failed otherwise:\n${output}`);
}

function say(name, caught, checker = '') {
  console.log(`${name.padEnd(40)} ${caught.padEnd(36)} ${checker}`.trimEnd());
}

/** The unchanged sources break no law. */
function checkUnchanged(copy, mutants, withChecker) {
  insist(copy, 'the sources do not compile', [...TSC, 'tsconfig.build.json']);
  const tests = runLaws(copy, mutants);
  const broken = mutants.filter((law) => outcomesOf(tests, law).some(({ status }) => status !== 'passed'));
  if (broken.length > 0) {
    throw new ListError(`without a mutant, these fail: ${broken.map(({ title }) => title).join('; ')}`);
  }
  if (withChecker) insist(copy, 'the checker does not compile', [...TSC, 'tsconfig.tools.json']);
  const found = withChecker ? runChecker(copy) : '';
  if (found.startsWith('"')) throw new ListError(`without a mutant, the checker finds ${found}`);
  say('(unchanged)', 'no law is broken', found);
}

/** Returns whether it was caught. */
function checkMutant(copy, mutant, withChecker) {
  const isApplied = run(copy, ['git', 'apply', mutant.path]).status === 0;
  try {
    if (!isApplied) throw new ListError('does not apply');
    insist(copy, 'does not compile', [...TSC, 'tsconfig.build.json']);
    const startedMs = performance.now();
    const caught = isCaught(copy, mutant);
    const [rule] = mutant.title.split(':');
    const by = caught ? `${rule}, after ${secondsSince(startedMs)} s` : `SURVIVED "${mutant.title}"`;
    say(mutant.name, by, withChecker ? runChecker(copy) : '');
    return caught;
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    say(mutant.name, 'PROVES NOTHING', error.message);
    return false;
  } finally {
    if (isApplied) insist(copy, 'cannot be taken back', ['git', 'apply', '--reverse', mutant.path]);
  }
}

function checkAll(mutants, withChecker) {
  const copy = makeCopy();
  try {
    checkUnchanged(copy, mutants, withChecker);
    const survivors = mutants.filter((mutant) => !checkMutant(copy, mutant, withChecker));
    console.log(`\n${mutants.length - survivors.length} of ${mutants.length} mutants were caught`);
    return survivors.length === 0;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function main() {
  const { values } = parseArgs({
    options: {
      list: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      checker: { type: 'boolean', default: false },
      folder: { type: 'string', default: join(ROOT, 'test', 'mutants') },
    },
  });
  const mutants = listMutants(resolve(values.folder), values.only);
  if (values.list) for (const { name, file, title } of mutants) console.log(`${name}: ${file} > ${title}`);
  else if (!checkAll(mutants, values.checker)) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  if (!(error instanceof ListError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
