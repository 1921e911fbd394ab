import type { QueryArrayConfig, QueryConfig } from 'pg';
import type { Statement } from '../sql/steps.js';

interface Prepared {
  readonly name: string;
  readonly text: string;
  /** Of the parameters, in the order of their numbers. */
  readonly parameterNames: readonly string[];
}

/** Hints to SQLite's planner; PostgreSQL has none. */
const HINTS = / INDEXED BY \w+/g;

/**
 * Statements as PostgreSQL takes them: `@name` becomes `$1`, and each text is prepared once on each connection, under
 * a short name. Texts are constants or built from a few shapes.
 */
export class Queries {
  readonly #prepared = new Map<string, Prepared>();

  toQuery({ text, parameters, want }: Statement): QueryConfig | QueryArrayConfig {
    const prepared = this.#prepare(text);
    const values = prepared.parameterNames.map((name) => toValue(Reflect.get(parameters, name)));
    const query = { name: prepared.name, text: prepared.text, values };
    return want === 'values' ? { ...query, rowMode: 'array' } : query;
  }

  #prepare(text: string): Prepared {
    const present = this.#prepared.get(text);
    if (present) return present;
    const parameterNames: string[] = [];
    const numbered = text.replace(HINTS, '').replace(/@(\w+)/g, (_, name: string) => {
      if (!parameterNames.includes(name)) parameterNames.push(name);
      return `$${parameterNames.indexOf(name) + 1}`;
    });
    const prepared = { name: `q${this.#prepared.size + 1}`, text: numbered, parameterNames };
    this.#prepared.set(text, prepared);
    return prepared;
  }
}

function toValue(value: unknown): unknown {
  if (typeof value === 'number') return toDigits(value);
  if (Array.isArray(value)) return value.map(toValue);
  return value ?? null;
}

/** All digits: JavaScript would print a version as 1795295491527999500, which is another one. */
function toDigits(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
}
