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
  /** The open connections, each with the answer to its latest request: answers go out in the order of requests. */
  const connections = new Map<Socket, ServerResponse | undefined>();
  let isClosing = false;

  app.server.on('connection', (socket: Socket) => {
    connections.set(socket, undefined);
    socket.once('close', () => connections.delete(socket));
  });
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    connections.set(socket, response);
    if (isClosing) endAfter(socket, response);
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const [socket, response] of connections) {
      if (response && !response.writableFinished) endAfter(socket, response);
      else socket.destroy();
    }
  });
}

function endAfter(socket: Socket, response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
  response.once('close', () => socket.end());
}
