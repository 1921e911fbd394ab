import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../../domain/errors.js';
import { DEFAULT_COMMUNITY, unauthenticated, userTokenReader } from './user-token.js';

/** On whose behalf a request acts: one user, or someone who may do everything in the community. */
export type Principal =
  | { readonly kind: 'trusted'; readonly communityId: number }
  | { readonly kind: 'user'; readonly communityId: number; readonly uid: string };

export interface Credentials {
  /** What a request without a credential is: trusted, or refused. */
  readonly auth: 'open' | 'required';
  readonly jwtSecret: string;
  readonly apiKey: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal;
  }
}

interface PrincipalOptions {
  readonly credentials: Credentials;
  readonly hasCommunity: (communityId: number) => Promise<boolean>;
}

/**
 * Finds out who is asking, before anything else of a request is looked at, and keeps it as
 * `request.principal`. Every credential that is sent is checked, also where none is needed. A user token
 * beside an admin key means the user.
 */
export function identifyPrincipals(
  app: FastifyInstance,
  { credentials, hasCommunity }: PrincipalOptions,
): void {
  const readToken = tokenReader(credentials.jwtSecret);
  const isAdminKey = adminKeyChecker(credentials.apiKey);
  app.decorateRequest('principal');
  const identify = (request: FastifyRequest): Principal => {
    const adminKeys = findAdminKeys(request);
    const token = findToken(request);
    if (!adminKeys.every(isAdminKey)) throw unauthenticated('the admin key is wrong');
    if (token !== undefined) return readToken(token);
    if (adminKeys.length === 0 && credentials.auth === 'required') {
      throw unauthenticated('send a user token (Authorization: Bearer …) or the admin key (x-api-key: …)');
    }
    return { kind: 'trusted', communityId: DEFAULT_COMMUNITY };
  };
  /** Those that are known to exist; communities do not go away. */
  const known = new Set([DEFAULT_COMMUNITY]);
  const checkCommunity = async (communityId: number): Promise<void> => {
    if (!(await hasCommunity(communityId))) throw unauthenticated('the token is for no community here');
    known.add(communityId);
  };
  // Most requests need not wait for anything here, and then have nothing to wait for.
  app.addHook('onRequest', (request, _reply, done) => {
    request.principal = identify(request);
    const { communityId } = request.principal;
    if (!known.has(communityId)) return checkCommunity(communityId);
    done();
    return undefined;
  });
}

/** Whether requests may do everything, found out without the store. */
export function trustChecker({ auth, apiKey }: Credentials): (request: FastifyRequest) => boolean {
  const isAdminKey = adminKeyChecker(apiKey);
  return (request) => {
    const adminKeys = findAdminKeys(request);
    if (findToken(request) !== undefined || !adminKeys.every(isAdminKey)) return false;
    return adminKeys.length > 0 || auth === 'open';
  };
}

/** Refuses to act for anyone but the user himself; `field` is where the request names the user. */
export function requireSelf(principal: Principal, uid: string, field: string): void {
  if (principal.kind === 'user' && principal.uid !== uid) {
    throw new AppError('PERMISSION_DENIED', `this token may act only as ${principal.uid}`, { field });
  }
}

export function requireTrusted(principal: Principal): void {
  if (principal.kind === 'user') {
    throw new AppError('PERMISSION_DENIED', 'this needs the admin key; a user token is not enough');
  }
}

const NO_KEYS: readonly string[] = [];

/** WuKongIM's backends send it as `token`. Most requests come without. */
function findAdminKeys({ headers }: FastifyRequest): readonly string[] {
  const { 'x-api-key': apiKey, token } = headers;
  if (apiKey === undefined && token === undefined) return NO_KEYS;
  return [apiKey, token].flat().filter((key) => key !== undefined);
}

/** Clients send it with and without `Bearer `. */
function findToken({ headers }: FastifyRequest): string | undefined {
  return headers.authorization?.replace(/^Bearer +/i, '');
}

function tokenReader(secret: string): (token: string) => Principal {
  const read = userTokenReader(secret, 'access');
  return (token) => {
    const { uid, communityId } = read(token);
    return { kind: 'user', communityId, uid };
  };
}

/** Compares hashes, so that the time taken tells nothing of the key. */
function adminKeyChecker(apiKey: string): (candidate: string) => boolean {
  const expected = hash(apiKey);
  return (candidate) => timingSafeEqual(hash(candidate), expected);
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
