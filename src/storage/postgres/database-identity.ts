import { Client } from 'pg';
import { connectionOptions } from './connection-options.js';

/** Of the data folder, which replicas copy, and of the database in it. */
const IDENTITY = `
  SELECT system_identifier || '/' || oid AS identity
  FROM pg_control_system(), pg_database WHERE datname = current_database()`;

/** The same for a database and for what its replicas have of it; another one for every other database. */
export async function readIdentity(url: string): Promise<string> {
  const client = new Client(connectionOptions(url));
  // What is under way fails; nobody is there to hear it a second time.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ identity: string }>(IDENTITY);
    return rows[0]?.identity ?? '';
  } finally {
    await client.end();
  }
}
