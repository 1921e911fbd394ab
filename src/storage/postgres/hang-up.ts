import type { Client } from 'pg';
import { FAREWELL_MS } from './time-outs.js';

/** Ends a connection, and does not wait long for a server that no longer answers. */
export async function hangUp(client: Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), FAREWELL_MS);
  await client.end();
  clearTimeout(timer);
}
