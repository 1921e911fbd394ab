import { expect, inject, test } from 'vitest';
import { createDatabase } from '../../postgres-cluster/databases.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { purgeMessages } from '../../src/storage/sql/purge.js';
import { WriteTransaction } from '../../src/storage/sql/write-transaction.js';
import { migratePostgres } from '../../src/storage/postgres/migrate-postgres.js';
import { Queries } from '../../src/storage/postgres/queries.js';
import type { Statement } from '../../src/storage/sql/steps.js';

const FILL = `
  ALTER TABLE memberships SET (autovacuum_enabled = false);
  INSERT INTO users (community_id, id, uid, created_at_ms) SELECT 1, n, 'u' || n, 0 FROM generate_series(10, 29) AS n;
  INSERT INTO channels (community_id, id, type, name, version, floor_seq, created_at_ms)
    SELECT 1, n, 2, 'c' || n, 1024, 0, 0 FROM generate_series(1, 4000) AS n;
  INSERT INTO memberships (community_id, user_id, channel_id, version, joined_version)
    SELECT 1, u, c, 1024, 1024 FROM generate_series(10, 29) AS u, generate_series(1, 4000) AS c;
  UPDATE channels SET floor_seq = 1 WHERE id < 2000`;

test('ST-10: what is to be removed is found without reading all memberships, also before there are statistics', async () => {
  // One that others have had would keep the statistics of their rows.
  const url = await createDatabase(inject('postgresUrl'));
  await migratePostgres(url);
  await queryOnce(url, FILL);
  const first = purgeMessages(new WriteTransaction(0, []), { limit: 10 }).next().value as Statement;
  const { text } = new Queries().toQuery(first);
  const rows = await queryOnce<{ 'QUERY PLAN': string }>(url, `EXPLAIN (GENERIC_PLAN) ${text}`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('memberships_by_channel');
  expect(plan).not.toMatch(/Seq Scan on memberships/);
});
