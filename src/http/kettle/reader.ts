import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { User } from '../../domain/room.js';
import type { RoomStore } from '../../ports/room-store.js';
import { invalidAccessToken, type Tokens } from './tokens.js';

/** Who asks. */
export interface Reader {
  readonly communityId: number;
  readonly userId: number;
  readonly user: User;
}

declare module 'fastify' {
  interface FastifyRequest {
    reader: Reader;
  }
}

interface ReaderOptions {
  readonly store: Pick<RoomStore, 'findUser'>;
  readonly tokens: Tokens;
}

/**
 * Finds out whose access token a request carries, before anything else of it is looked at, and keeps that as
 * `request.reader`. A token outlives its user's removal, so the user is looked up each time.
 */
export function identifyReaders(app: FastifyInstance, { store, tokens }: ReaderOptions): void {
  app.decorateRequest('reader');
  app.addHook('onRequest', async (request) => {
    const { communityId, uid } = tokens.readAccessToken(request.headers.authorization);
    const user = await store.findUser({ communityId, uid });
    if (user === undefined) throw invalidAccessToken();
    request.reader = { communityId, userId: user.id, user };
  });
}

/** Whom a request acts for. */
export function actorOf({ reader: { communityId, userId } }: FastifyRequest): {
  communityId: number;
  userId: number;
} {
  return { communityId, userId };
}
