import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { sendJson } from '../send-json.js';
import { ErrorReply, errorReplies } from '../wukong/error-replies.js';

const DESCRIPTION = `Two dialects over one store: what is written through either is read through both.
Objects of requests may have other keys than the described ones, which are ignored. SPEC.md has the rules of
both.`;

const TAGS = [
  { name: 'WuKongIM', description: 'Conversations, channels and messages, as WuKongIM documents them.' },
  { name: 'Kettle', description: 'Chatrooms and their messages, as the LikeMinds chat SDKs use them.' },
  { name: 'Operations', description: 'For whatever watches the server.' },
];

const SECURITY_SCHEMES = {
  userToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'HS256, with `sub` (the uid), `community` (1 when absent) and `exp`: acts as that user.',
  },
  adminKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The admin key: may do everything in community 1.',
  },
  adminToken: {
    type: 'apiKey',
    in: 'header',
    name: 'token',
    description: "The admin key, as WuKongIM's backends send it.",
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'From POST /sdk/initiate or POST /user/refresh. The word Bearer may be left out.',
  },
  refreshToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'From POST /sdk/initiate. The word Bearer may be left out.',
  },
  communityKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: "The community's API key, as `tidemark community create` prints it.",
  },
} as const;

const DocumentSchema = {
  type: 'object',
  description: 'an OpenAPI 3.1 document',
  additionalProperties: true,
};

interface Operation {
  readonly requestBody?: { required: boolean; readonly content: Readonly<Record<string, MediaType>> };
}

interface MediaType {
  readonly schema?: { readonly required?: readonly string[] };
}

/**
 * Serves `/openapi.json`: every route's own schemas, those by which requests are validated and replies are
 * written. To be called before the other routes are added.
 */
export function describeApi(app: FastifyInstance, { version }: { readonly version: string }): void {
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tidemark',
        version,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: TAGS,
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    // Schemas with a name keep it.
    refResolver: { buildLocalReference: ({ $id }) => $id as string },
    convertConstToEnum: false,
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject;
      const { openapiObject } = document;
      for (const path of Object.values(openapiObject.paths ?? {})) relaxBodies(path as object);
      return openapiObject;
    },
  });
  void app.register(async (routes) => {
    routes.addSchema(ErrorReply);
    const schema = {
      operationId: 'describe',
      summary: 'This document',
      tags: ['Operations'],
      response: { 200: DocumentSchema, ...errorReplies('RESOURCE_EXHAUSTED', 'UNAVAILABLE') },
    };
    let text: string | undefined;
    routes.get('/openapi.json', { schema }, async (_request, reply) => {
      text ??= JSON.stringify(app.swagger());
      return sendJson(reply, text);
    });
  });
}

/** Calls every body required; one of which nothing is required may be left out. */
function relaxBodies(path: object): void {
  for (const { requestBody } of Object.values(path) as Operation[]) {
    if (requestBody === undefined) continue;
    requestBody.required = Object.values(requestBody.content).some(
      ({ schema }) => (schema?.required ?? []).length > 0,
    );
  }
}
