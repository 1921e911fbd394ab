import { describe, expect, test } from 'vitest';
import { SendBody, SyncBody } from '../../bench/baselines/request-bodies.js';
import { startServer } from '../support/server.js';

describe('the baselines of the bench', () => {
  test.each([
    ['/conversation/sync', SyncBody],
    ['/message/send', SendBody],
  ] as const)('BN-2: they check POST %s by the schema of the server', async (url, schema) => {
    await using server = await startServer();
    const route = server.routes.find((one) => one.method === 'POST' && one.url === url);
    expect(plain(schema)).toEqual(plain(route?.schema?.body));
  });
});

/** Without what is only there to be read by people. */
function plain(schema: unknown): unknown {
  const isForPeople = (key: string): boolean => key === 'description' || key === 'examples';
  return JSON.parse(JSON.stringify(schema, (key, value: unknown) => (isForPeople(key) ? undefined : value)));
}
