import { randomBytes } from 'node:crypto';
import type { Config } from '../config/settings.js';
import { SYSTEM_UID } from '../domain/channel.js';
import { IDENTIFIER_RULE, isIdentifier } from '../domain/identifier.js';
import { StartupError } from '../domain/startup-error.js';
import { hashApiKey } from '../http/plugins/api-key.js';
import { MEMORY_DB } from '../ports/database-name.js';
import { openStore } from '../storage/open-store.js';
import { LocalChangeBus, systemClock } from '../system.js';

const KEY_BYTES = 32;

type Database = Pick<Config, 'db'>;
type OpenedStore = Awaited<ReturnType<typeof openStore>>;

export interface NewCommunity {
  readonly id: number;
  /** Only its hash is kept, so this is the one time it can be shown. */
  readonly apiKey: string;
}

/** Creates a community with an API key for its clients. */
export async function createCommunity(
  database: Database,
  { name, managerUid }: { readonly name: string; readonly managerUid?: string | undefined },
): Promise<NewCommunity> {
  if (!isIdentifier(name)) throw new StartupError(`the name ${IDENTIFIER_RULE}`);
  if (managerUid !== undefined) checkUid(managerUid);
  return withStore(database, async (store) => {
    const id = await store.createCommunity({ name });
    const apiKey = await giveApiKey(store, id);
    if (managerUid !== undefined) await store.putUser({ communityId: id, uid: managerUid, isManager: true });
    return { id, apiKey };
  });
}

/** Replaces the API key of a community. Tokens that were given out stay valid. */
export function renewApiKey(database: Database, communityId: number): Promise<string> {
  return withStore(database, (store) => giveApiKey(store, communityId));
}

/** Makes a user a manager, who may post announcements and delete what others wrote. */
export async function makeManager(
  database: Database,
  user: { readonly communityId: number; readonly uid: string },
): Promise<void> {
  checkUid(user.uid);
  await withStore(database, (store) => store.putUser({ ...user, isManager: true }));
}

async function giveApiKey(store: OpenedStore, communityId: number): Promise<string> {
  const apiKey = randomBytes(KEY_BYTES).toString('base64url');
  await store.setApiKey({ communityId, apiKeyHash: hashApiKey(apiKey) });
  return apiKey;
}

function checkUid(uid: string): void {
  if (!isIdentifier(uid) || uid === SYSTEM_UID) throw new StartupError(`the uuid ${IDENTIFIER_RULE}`);
}

async function withStore<Result>(
  { db }: Database,
  use: (store: OpenedStore) => Promise<Result>,
): Promise<Result> {
  if (db === MEMORY_DB) {
    throw new StartupError(
      `${MEMORY_DB} would not keep a community: name a database file with --db (TIDEMARK_DB)`,
    );
  }
  const store = await openStore({ db, clock: systemClock, changes: new LocalChangeBus() });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
