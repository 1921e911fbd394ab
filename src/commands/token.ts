import { createSigner } from 'fast-jwt';
import { loadSecrets } from '../config/secrets.js';
import type { Config } from '../config/settings.js';
import { SYSTEM_UID } from '../domain/channel.js';
import { IDENTIFIER_RULE, isIdentifier } from '../domain/identifier.js';
import { StartupError } from '../domain/startup-error.js';
import { MEMORY_DB } from '../ports/database-name.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface TokenRequest {
  readonly uid: string;
  readonly communityId: number;
  readonly days: number;
}

/** A token with which a client is `uid`, for the server that uses the same configuration. */
export async function token(
  config: Pick<Config, 'db' | 'jwtSecret' | 'apiKey'>,
  { uid, communityId, days }: TokenRequest,
): Promise<string> {
  if (!isIdentifier(uid)) throw new StartupError(`the uid ${IDENTIFIER_RULE}`);
  if (uid === SYSTEM_UID)
    throw new StartupError(`${SYSTEM_UID} is nobody's uid: messages of the system carry it`);
  if (config.db === MEMORY_DB && config.jwtSecret === undefined) {
    throw new StartupError(
      `a server with ${MEMORY_DB} makes up its secret at every start: set TIDEMARK_JWT_SECRET for both`,
    );
  }
  const { jwtSecret } = await loadSecrets(config);
  const sign = createSigner({ algorithm: 'HS256', key: jwtSecret, expiresIn: days * DAY_MS });
  return sign({ sub: uid, community: communityId });
}
