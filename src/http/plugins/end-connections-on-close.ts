import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Makes `app.close()` wait for requests that are being answered, and for nothing else.
 *
 * Node closes only connections that are between two requests at that moment. It waits for those that have
 * not sent any request yet (browsers open some in advance), and for those whose answer is under way, which
 * are kept alive after it: both would hold up the end for as long as their client likes.
 */
export function endConnectionsOnClose(app: FastifyInstance): void {
  /** Connections without a request that is being answered. */
  const quiet = new Set<Socket>();
  const unanswered = new Set<ServerResponse>();
  let isClosing = false;

  const settle = (socket: Socket): void => {
    if (isClosing) socket.end();
    else if (!socket.destroyed) quiet.add(socket);
  };
  app.server.on('connection', (socket: Socket) => {
    settle(socket);
    socket.once('close', () => quiet.delete(socket));
  });
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    quiet.delete(socket);
    unanswered.add(response);
    if (isClosing) endAfter(response);
    response.once('close', () => {
      unanswered.delete(response);
      settle(socket);
    });
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const response of unanswered) endAfter(response);
    for (const socket of quiet) socket.destroy();
  });
}

function endAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
