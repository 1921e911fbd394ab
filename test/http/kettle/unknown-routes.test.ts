import { expect, test } from 'vitest';
import { startKettle } from '../../support/kettle-server.js';

const ROUTES = [
  ['GET', '/chatroom/participants'],
  ['GET', '/chatroom'],
  ['POST', '/chatroom/sync'],
] as const;

test('KT-23: an unknown route or method answers an SDK in its own form', async () => {
  await using server = await startKettle();
  for (const sdk of [{ 'x-sdk-source': 'chat' }, { 'x-platform-code': 'an' }]) {
    for (const [method, path] of ROUTES) {
      const reply = await server.kettle.with(sdk).send(method, path);
      expect(reply.status).toBe(404);
      expect(JSON.parse(reply.text)).toEqual({
        success: false,
        error_message: `there is no ${method} ${path} here`,
      });
    }
  }
});

test('ER-3: others are answered in the form of the other dialect', async () => {
  await using server = await startKettle();
  const replies = await Promise.all(ROUTES.map(([method, path]) => server.kettle.send(method, path)));
  expect(replies.map(({ text }) => JSON.parse(text) as unknown)).toMatchObject([
    { status: 404, code: 'NOT_FOUND' },
    { status: 405, code: 'METHOD_NOT_ALLOWED' },
    { status: 405, code: 'METHOD_NOT_ALLOWED' },
  ]);
});
