import type { FastifyInstance } from 'fastify';

interface Described {
  readonly tag: string;
  /** Which credentials will do; an empty one says that none is needed. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** What every route may answer beside its value, by status. */
  readonly replies: Readonly<Record<number, object>>;
  /** And those that take a body. */
  readonly bodyReplies: Readonly<Record<number, object>>;
}

/** Says of all routes of a plugin what they have in common. To be called before they are added. */
export function describeRoutes(app: FastifyInstance, described: Described): void {
  const { tag, security, replies, bodyReplies } = described;
  app.addHook('onRoute', (route) => {
    const { schema } = route;
    if (schema === undefined) return;
    route.schema = {
      tags: [tag],
      security,
      ...schema,
      response: {
        ...(schema.response as object),
        ...replies,
        ...(schema.body !== undefined && bodyReplies),
      },
    };
  });
}
