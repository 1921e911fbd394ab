import { createSigner, createVerifier } from 'fast-jwt';
import { SYSTEM_UID } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { isIdentifier } from '../../domain/identifier.js';

/** The community of requests and tokens that name none, and of the configured admin key. */
export const DEFAULT_COMMUNITY = 1;

/** An access token speaks for its user; a refresh token is only good for getting another access token. */
export type TokenType = 'access' | 'refresh';

export interface TokenUser {
  readonly communityId: number;
  readonly uid: string;
}

/**
 * Reads tokens of one type: JWT, HS256, with `sub` = uid, `community`, `typ`, `exp`. One without `typ` is an
 * access token: backends sign those by themselves.
 */
export function userTokenReader(secret: string, type: TokenType): (token: string) => TokenUser {
  const verify = createVerifier({ key: secret, algorithms: ['HS256'] });
  return (token) => {
    let claims: unknown;
    try {
      claims = verify(token);
    } catch (error) {
      throw unauthenticated('the token is invalid or has expired', error);
    }
    const { sub: uid, community = DEFAULT_COMMUNITY, typ = 'access' } = claims as Record<string, unknown>;
    if (typeof uid !== 'string' || !isIdentifier(uid)) throw unauthenticated('the token names no uid in sub');
    if (uid === SYSTEM_UID) throw unauthenticated('nobody has a token of the system');
    if (!Number.isSafeInteger(community)) throw unauthenticated('the token names no community');
    if (typ !== type) throw unauthenticated(`this is no ${type} token`);
    return { communityId: Number(community), uid };
  };
}

interface SignerOptions {
  readonly secret: string;
  readonly type: TokenType;
  readonly lifetimeMs: number;
}

export function userTokenSigner({ secret, type, lifetimeMs }: SignerOptions): (user: TokenUser) => string {
  const sign = createSigner({ algorithm: 'HS256', key: secret, expiresIn: lifetimeMs });
  return ({ communityId, uid }) => sign({ sub: uid, community: communityId, typ: type });
}

export function unauthenticated(message: string, cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', message, { cause });
}
