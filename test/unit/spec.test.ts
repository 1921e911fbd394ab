import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  isSyntaxNode,
  listSourceFiles,
  type SyntaxNode,
  walkSource,
  walkSourceFile,
} from '../support/walk-source.js';

/** A rule's number where it is defined: in bold, at the start of a paragraph, an item or a heading. */
const DEFINITION = /^ {0,3}(?:[-*+] +|#+ +|\d+\. +)?\*\*([A-Z]{2}-\d+)\*\*/gm;

/** The numbers that a title begins with. */
const NUMBERS = /^[A-Z]{2}-\d+(?:, ?[A-Z]{2}-\d+)*\b/;

interface Title {
  readonly file: string;
  readonly kind: string;
  /** Of a template, the part before its first hole; undefined when it is not written out at all. */
  readonly text: string | undefined;
  /** It is never run, so it shows nothing. */
  readonly isSkipped: boolean;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('SPEC.md and the tests', () => {
  const rules = listRules(readFileSync(`${root}SPEC.md`, 'utf8'));
  const titles = listSourceFiles(`${root}test`)
    .filter((path) => path.endsWith('.test.ts') || path.startsWith(`${root}test/contract/`))
    .flatMap((path) => Array.from(listTitles(relative(root, path), walkSourceFile(path))));

  test('DV-1: SPEC.md defines each rule once', () => {
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([]);
  });

  test('DV-1: every rule has a test whose title begins with its number', () => {
    expect(listUntested(rules, titles)).toEqual([]);
  });

  test('DV-1: every title begins with the numbers of rules that SPEC.md defines', () => {
    expect(listMisnamed(rules, titles)).toEqual([]);
  });
});

describe('the check itself', () => {
  test('DV-1: a rule is defined where its number is bold at the start of a paragraph, item or heading', () => {
    const spec =
      '- **AA-1** x\n  see **AA-9** and\n\n**AA-2** y **AA-8**\n\n### **AA-3** z\n\nAA-4 is none\n';
    expect(listRules(spec)).toEqual(['AA-1', 'AA-2', 'AA-3']);
  });

  test('DV-1: a title is found in whatever form its test is written', () => {
    const source = `
      describe('no number needed', () => {
        test('AA-1, AA-2: two', async () => {});
        it.each([[1], [2]] as const)('AA-3: %s', (n: number) => {});
        test.skipIf(true)(\`AA-4: \${name} and so on\`, () => {});
        test.skip('AA-5: not run', () => {});
        test('no number', () => {});
        test(name, () => {});
        /AA-6/.test('AA-6');
        // test('AA-7: in a comment', () => {});
      });
      const own = test.extend({});
      describe('AA-8: by its block', () => {});
    `;
    const titles = [...listTitles('a.test.ts', walkSource(source))];
    const rules = ['AA-1', 'AA-2', 'AA-3', 'AA-5', 'AA-6', 'AA-7', 'AA-8'];
    expect(listUntested(rules, titles)).toEqual(['AA-5', 'AA-6', 'AA-7']);
    expect(listMisnamed(rules, titles)).toEqual([
      'a.test.ts: "AA-4: " names AA-4, which SPEC.md does not define',
      'a.test.ts: "no number" begins with no rule',
      'a.test.ts: a test whose title is not written out',
    ]);
  });
});

function listRules(spec: string): string[] {
  return [...spec.matchAll(DEFINITION)].map(([, rule = '']) => rule);
}

function listUntested(rules: readonly string[], titles: readonly Title[]): string[] {
  const tested = new Set(titles.filter(({ isSkipped }) => !isSkipped).flatMap(numbersOf));
  return rules.filter((rule) => !tested.has(rule));
}

function listMisnamed(rules: readonly string[], titles: readonly Title[]): string[] {
  const known = new Set(rules);
  return titles.flatMap((title) => {
    const unknown = numbersOf(title).filter((rule) => !known.has(rule));
    if (unknown.length > 0) {
      return `${title.file}: "${title.text}" names ${unknown.join(', ')}, which SPEC.md does not define`;
    }
    if (title.kind === 'describe' || numbersOf(title).length > 0) return [];
    if (title.text === undefined) return `${title.file}: a test whose title is not written out`;
    return `${title.file}: "${title.text}" begins with no rule`;
  });
}

function numbersOf({ text = '' }: Title): string[] {
  return NUMBERS.exec(text)?.[0].split(/, ?/) ?? [];
}

/** The titles given to test, it and describe, also through `.each(…)(…)`, `.skipIf(…)(…)` and the like. */
function* listTitles(file: string, nodes: Iterable<SyntaxNode>): Generator<Title> {
  const inner = new Set<unknown>();
  for (const node of nodes) {
    if (node.type !== 'CallExpression' || inner.has(node)) continue;
    for (const part of calleeParts(node)) inner.add(part);
    const [kind = '', ...modifiers] = calleeNames(node);
    if (!/^(?:test|it|describe)$/.test(kind) || modifiers.includes('extend')) continue;
    const isSkipped = modifiers.some((name) => name === 'skip' || name === 'todo');
    const [argument] = node['arguments'] as unknown[];
    yield { file, kind, text: textOf(argument), isSkipped };
  }
}

/** What a call calls, and what that is made of: of `a.b(x)(y)`, `a.b(x)`, `a.b` and `a`. */
function* calleeParts(node: SyntaxNode): Generator<SyntaxNode> {
  const part = node['callee'] ?? node['object'] ?? node['tag'];
  if (!isSyntaxNode(part)) return;
  yield part;
  yield* calleeParts(part);
}

/** Of `a.b(x)(y)`, `a` and `b`; nothing of `/a/.b(x)`. */
function calleeNames(node: SyntaxNode): string[] {
  const parts = [...calleeParts(node)];
  if (parts.at(-1)?.type !== 'Identifier') return [];
  return parts
    .map((part) => (isSyntaxNode(part['property']) ? part['property']['name'] : part['name']))
    .filter((name) => typeof name === 'string')
    .toReversed();
}

function textOf(node: unknown): string | undefined {
  if (!isSyntaxNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type === 'BinaryExpression') return textOf(node['left']);
  if (node.type !== 'TemplateLiteral') return undefined;
  const [first] = node['quasis'] as { value: { cooked: string } }[];
  return first?.value.cooked;
}
