import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { isIdentifier } from '../../src/domain/identifier.js';

/** What `/openapi.json` says, and whether requests and replies are as it says. */

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface DescribedParameter {
  readonly in: 'query' | 'header';
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

interface MediaType {
  readonly example?: unknown;
  readonly schema: JsonSchema;
}

interface DescribedReply {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  readonly content: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly DescribedParameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, DescribedReply>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface GivenReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const JSON_TYPE = 'application/json';

export class DescribedApi {
  readonly operations: readonly Operation[];
  readonly #ajv = new Ajv2020({
    allowUnionTypes: true,
    strictTypes: false,
    // 1e400 is a number to a server that reads JSON with JavaScript.
    strictNumbers: false,
    formats: { identifier: isIdentifier },
  });
  readonly #components: Document['components'];
  readonly #compiled = new Map<JsonSchema, ValidateFunction>();

  constructor(text: string) {
    const document = JSON.parse(text) as Document;
    this.#ajv.addVocabulary(['components']);
    this.#components = document.components;
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        const name = `${method.toUpperCase()} ${path}`;
        return Object.assign(operation, { name, path, method: method.toUpperCase() });
      }),
    );
  }

  get(name: string): Operation {
    const operation = this.operations.find((each) => each.name === name);
    if (!operation) throw new Error(`${name} is not described`);
    return operation;
  }

  /** Undefined when a reply is one of those that are described, and has nothing else in it. */
  faultOf(operation: Operation, { status, headers, text }: GivenReply): string | undefined {
    const described = operation.responses[status];
    if (described === undefined) return `${status} is not described`;
    for (const [name, { schema }] of Object.entries(described.headers ?? {})) {
      const value = headers[name.toLowerCase()];
      if (value !== undefined && !this.#compile(schema)(value)) return `${name} is ${String(value)}`;
    }
    if (headers['content-type'] !== 'application/json; charset=utf-8') return String(headers['content-type']);
    const schema = described.content[JSON_TYPE]?.schema ?? {};
    const validate = this.#compile(schema, closed);
    return validate(JSON.parse(text)) ? undefined : JSON.stringify(validate.errors);
  }

  /** Whether a body is as it is described. */
  describesBody({ requestBody }: Operation, body: unknown): boolean {
    if (body === undefined) return requestBody?.required !== true;
    return this.#compile(requestBody?.content[JSON_TYPE]?.schema ?? {})(body);
  }

  /** Whether the parameters of a URL are as they are described; more than one value is a list. */
  describesQuery({ parameters = [] }: Operation, query: URLSearchParams): boolean {
    return parameters.every(({ in: place, name, required, schema }) => {
      if (place !== 'query') return true;
      const values = query.getAll(name);
      if (values.length === 0) return !required;
      return this.#compile(schema)(values.length === 1 ? values[0] : values);
    });
  }

  #compile(schema: JsonSchema, change = (value: unknown): unknown => value): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known) return known;
    const validate = this.#ajv.compile({
      ...(change(schema) as object),
      components: change(this.#components),
    });
    this.#compiled.set(schema, validate);
    return validate;
  }
}

/** The same schema, whose objects have no other keys than it names. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, closed(each)]));
  const isObjectSchema = inner['type'] === 'object' && 'properties' in inner;
  return isObjectSchema ? { additionalProperties: false, ...inner } : inner;
}
