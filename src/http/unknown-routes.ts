import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError as sendKettleError } from './kettle/errors.js';
import { sendError as sendWukongError } from './wukong/errors.js';

/**
 * Answers what no route takes: with 405 where another method would do, else with 404. LikeMinds' SDKs, which
 * name themselves, get 404 in their own form for both. To be called before routes are added. They are
 * remembered here by their paths, which have no parameters: the router would read the path of a request as a
 * pattern, and refuse some, and so would `new URL`.
 */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const methodsByPath = new Map<string, string[]>();
  app.addHook('onRoute', ({ url, method }) => {
    // A plugin's, for every path.
    if (url.endsWith('*')) return;
    methodsByPath.set(url, [...(methodsByPath.get(url) ?? []), method].flat());
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/^https?:\/\/[^/]*/i, '').replace(/\?.*$/s, '');
    const allowed = methodsByPath.get(path)?.join(', ');
    if (isLikeMindsSdk(request) || allowed === undefined) {
      return sendNotFound(request, reply, `there is no ${request.method} ${path} here`);
    }
    reply.header('Allow', allowed);
    return sendWukongError(reply, { code: 'METHOD_NOT_ALLOWED', msg: `${path} takes ${allowed}` });
  });
}

function sendNotFound(request: FastifyRequest, reply: FastifyReply, message: string): void {
  if (isLikeMindsSdk(request)) sendKettleError(reply, 'NOT_FOUND', message);
  else sendWukongError(reply, { code: 'NOT_FOUND', msg: message });
}

function isLikeMindsSdk({ headers }: FastifyRequest): boolean {
  return headers['x-sdk-source'] !== undefined || headers['x-platform-code'] !== undefined;
}
