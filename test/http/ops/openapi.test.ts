import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAudited, type AuditedServer } from '../../support/audited-server.js';
import type { Operation } from '../../support/described-api.js';

type SpecData = Record<string, unknown>;

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

let server: AuditedServer;
let text: string;
let document: Document;

beforeAll(async () => {
  server = await startAudited('required');
  text = (await server.app.inject('/openapi.json')).body;
  document = JSON.parse(text) as Document;
});
afterAll(async () => server[Symbol.asyncDispose]());

describe('/openapi.json', () => {
  test('OP-10: it is a valid OpenAPI 3.1 document of this version, asked for by anyone', async () => {
    const result = await new Validator().validate(JSON.parse(text) as SpecData);
    expect(result).toMatchObject({ valid: true });
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect([document.openapi, document.info.version]).toEqual(['3.1.0', manifest.version]);
  });

  test('OP-10: the validator does find what is wrong', async () => {
    const broken = JSON.parse(text.replace('"operationId"', '"operationID"')) as SpecData;
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  test('OP-10: every operation says what it is for, who may do it, and what it answers', () => {
    const { operations } = server.api;
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(operations.length);
    const tags = document.tags.map(({ name }) => name);
    const schemes = Object.keys(document.components.securitySchemes);
    for (const operation of operations) {
      const { name, summary, tags: own, security = [], responses } = operation;
      expect([name, summary]).toEqual([name, expect.stringMatching(/^[A-Z'].*[^.]$/)]);
      expect([name, tags]).toEqual([name, expect.arrayContaining([...own])]);
      expect([name, own.length]).toEqual([name, 1]);
      expect([name, schemes]).toEqual([name, expect.arrayContaining(security.flatMap(Object.keys))]);
      expect([name, security.length > 0]).toEqual([name, own[0] !== 'Operations']);
      for (const { description, content } of Object.values(responses)) {
        expect([name, description]).toEqual([name, expect.not.stringMatching(/^Default|^$/)]);
        expect([name, Object.keys(content)]).toEqual([name, ['application/json']]);
      }
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(leastOf(operation))]);
    }
  });

  test('OP-10: the examples in it are valid', () => {
    const examples = server.api.operations.flatMap((operation) => {
      const example = operation.requestBody?.content['application/json']?.example;
      return example === undefined ? [] : [{ operation, example }];
    });
    expect(examples.length).toBeGreaterThan(0);
    for (const { operation, example } of examples) {
      expect([operation.name, server.api.describesBody(operation, example)]).toEqual([operation.name, true]);
    }
  });

  test('OP-10: with auth = open it says that the WuKongIM dialect needs no credential', async () => {
    await using open = await startAudited('open');
    const securityOf = (name: string) => open.api.get(name).security;
    expect(securityOf('POST /conversation/sync')).toContainEqual({});
    expect(securityOf('GET /conversation/sync')).toEqual([{ accessToken: [] }]);
    expect(server.api.get('POST /conversation/sync').security).not.toContainEqual({});
  });
});

describe('the check of replies', () => {
  const ok = { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } };

  test.each([
    ['what is not described at all', { ...ok, status: 418, text: '{}' }],
    ['another type', { ...ok, text: '{"status":"dead"}' }],
    ['a key that is not described', { ...ok, text: '{"status":"ok","x":1}' }],
    ['a key that is missing', { ...ok, text: '{}' }],
    [
      'another content type',
      { status: 200, headers: { 'content-type': 'text/html' }, text: '{"status":"ok"}' },
    ],
  ])('OP-11: it finds %s', (_, reply) => {
    const health = server.api.get('GET /health');
    expect(server.api.faultOf(health, { ...ok, text: '{"status":"ok"}' })).toBeUndefined();
    expect(server.api.faultOf(health, reply)).toEqual(expect.any(String));
  });
});

/** What every operation of its kind may answer. */
function leastOf({ tags, requestBody }: Operation): string[] {
  if (tags[0] === 'Operations') return ['200'];
  return ['200', '400', '401', '429', '500', '503', ...(requestBody ? ['413'] : [])];
}
