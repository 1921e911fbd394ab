import { AppError } from '../../domain/errors.js';
import { type TokenUser, userTokenReader, userTokenSigner } from '../plugins/user-token.js';
import type { KettleSettings } from './options.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** By these two texts the SDKs know whether to refresh their access token, or to ask the app to log in again. */
const INVALID_ACCESS_TOKEN = 'Invalid LTM!';
const INVALID_REFRESH_TOKEN = 'Invalid RTM!';

export interface Tokens {
  newAccessToken(this: void, user: TokenUser): string;
  newRefreshToken(this: void, user: TokenUser): string;
  /** @throws UNAUTHENTICATED */
  readAccessToken(this: void, authorization: string | undefined): TokenUser;
  /** @throws UNAUTHENTICATED */
  readRefreshToken(this: void, authorization: string | undefined): TokenUser;
}

type TokenSettings = Pick<KettleSettings, 'accessTokenMinutes' | 'refreshTokenDays'>;

export function createTokens(
  secret: string,
  { accessTokenMinutes, refreshTokenDays }: TokenSettings,
): Tokens {
  const readAccess = userTokenReader(secret, 'access');
  const readRefresh = userTokenReader(secret, 'refresh');
  return {
    newAccessToken: userTokenSigner({ secret, type: 'access', lifetimeMs: accessTokenMinutes * MINUTE_MS }),
    newRefreshToken: userTokenSigner({ secret, type: 'refresh', lifetimeMs: refreshTokenDays * DAY_MS }),
    readAccessToken: (authorization) => {
      try {
        return readAccess(bareToken(authorization));
      } catch (error) {
        throw invalidAccessToken(error);
      }
    },
    readRefreshToken: (authorization) => {
      try {
        return readRefresh(bareToken(authorization));
      } catch (error) {
        throw invalidRefreshToken(error);
      }
    },
  };
}

/** The token in an Authorization header, which clients send with and without `Bearer `. */
export function bareToken(authorization: string | undefined): string {
  const parts = (authorization ?? '').trim().split(' ');
  return (parts.length === 2 ? parts[1] : authorization) ?? '';
}

export function invalidAccessToken(cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', INVALID_ACCESS_TOKEN, { cause });
}

export function invalidRefreshToken(cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', INVALID_REFRESH_TOKEN, { cause });
}
