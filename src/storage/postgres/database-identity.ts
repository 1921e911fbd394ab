import { Client } from 'pg';
import { connectionOptions } from './connection-options.js';

/** Why a server is not asked in place of the primary. */
export const NO_REPLICA = 'it is no replica: it takes writes itself';

export interface DatabaseIdentity {
  /** Of the data folder, which replicas copy, and of the database in it. */
  readonly identity: string;
  readonly isReplica: boolean;
}

const IDENTITY = `
  SELECT system_identifier || '/' || oid AS identity, pg_is_in_recovery() AS "isReplica"
  FROM pg_control_system(), pg_database WHERE datname = current_database()`;

/** The same identity for a database and for what its replicas have of it; another one for every other database. */
export async function readIdentity(url: string): Promise<DatabaseIdentity> {
  const client = new Client(connectionOptions(url));
  // What is under way fails; nobody is there to hear it a second time.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<DatabaseIdentity>(IDENTITY);
    return rows[0] ?? { identity: '', isReplica: false };
  } finally {
    await client.end();
  }
}
