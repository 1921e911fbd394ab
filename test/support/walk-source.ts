import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';

/** A node of a syntax tree (ESTree, with TypeScript's own kinds). */
export interface SyntaxNode {
  readonly type: string;
  readonly [property: string]: unknown;
}

/** Every TypeScript file in a folder and its folders, as paths that begin with `folder`. */
export function listSourceFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => join(folder, name));
}

/** All nodes of a file, each before those inside it. */
export function walkSourceFile(path: string): Iterable<SyntaxNode> {
  return walkSource(readFileSync(path, 'utf8'));
}

/** As `walkSourceFile`, of a text. */
export function walkSource(text: string): Iterable<SyntaxNode> {
  return walk(parseAst(text, { lang: 'ts' }));
}

function* walk(value: unknown): Generator<SyntaxNode> {
  if (typeof value !== 'object' || value === null) return;
  if (isSyntaxNode(value)) yield value;
  for (const child of Object.values(value)) yield* walk(child);
}

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
