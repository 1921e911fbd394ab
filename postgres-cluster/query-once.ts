import { Client, type QueryResultRow } from 'pg';

/** Runs one statement on a connection of its own. */
export async function queryOnce<Row extends QueryResultRow>(
  url: string,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  // When the server goes away the statement fails; nobody is there to hear it a second time.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Row>(text, [...parameters]);
    return rows;
  } finally {
    await client.end();
  }
}
