import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startAudited, type AuditedServer } from '../support/audited-server.js';
import { isOnPostgres } from '../support/chosen-stores.js';
import { PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { FuzzRun } from '../support/fuzz-run.js';
import { checkHttpProperty } from '../support/kettle-property.js';
import { requestsFor } from '../support/request-arbitraries.js';
import { buildSecretWorld } from '../support/secret-world.js';

/** How many of the operations may never have succeeded: more of them where there is time for less. */
const MAX_MISSED = isOnPostgres ? 10 : 2;

describe.each(['open', 'required'] as const)('with auth = %s', (auth) => {
  test(
    'ER-5, OP-11, SY-16: whatever is sent is answered as described, and nobody is told what is not his',
    async () => {
      await using server = await startAudited(auth);
      const run = await FuzzRun.start(await buildSecretWorld(server), auth);
      const requests = requestsFor(server.api.operations, run.callers.length);
      await checkHttpProperty(
        fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 8 }), async (sequence) => {
          for (const request of sequence) expect(await run.findFault(request)).toBeUndefined();
        }),
        { runs: 1200 },
      );
      // Not everything was refused at the door; a rare one may have been.
      const missed = server.api.operations.filter(({ name }) => !run.seen.has(`${name} 200`));
      expect(missed.length, missed.map(({ name }) => name).join(', ')).toBeLessThanOrEqual(MAX_MISSED);
      await expectSound(server);
    },
    PROPERTY_TIMEOUT_MS,
  );
});

/** It still answers, and what it has stored agrees with itself. */
async function expectSound({ app, database }: AuditedServer): Promise<void> {
  expect((await app.inject('/ready')).statusCode).toBe(200);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.pragma('foreign_key_check')).toEqual([]);
  const select = (sql: string): unknown[] => database.prepare(sql).all();
  // What a deleted channel had is removed from its beginning; numbering goes on.
  expect(
    select(`SELECT c.name FROM messages AS m JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
      GROUP BY m.community_id, m.channel_id
      HAVING MAX(m.seq) - MIN(m.seq) + 1 <> COUNT(*) OR MAX(m.seq) <> c.last_seq OR MIN(m.seq) > c.floor_seq + 1`),
  ).toEqual([]);
  for (const table of ['messages', 'channels', 'memberships']) {
    expect(
      select(`SELECT t.version FROM ${table} AS t JOIN clocks USING (community_id)
        WHERE t.version % 1024 <> 0 OR t.version > last_version`),
    ).toEqual([]);
  }
  expect({}).not.toHaveProperty('isOn');
  expect(Object.prototype).not.toHaveProperty('x');
}
