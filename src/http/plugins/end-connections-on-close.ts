import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long requests that have arrived are taken in before the end, where they come without a pause. */
const ARRIVALS_LIMIT_MS = 1000;

/**
 * Makes `app.close()` answer all requests that have arrived, also those that are still to be read, and wait
 * for nothing else.
 *
 * Node closes only connections that are between two requests at that moment. It waits for those that have
 * not sent any request yet (browsers open some in advance), and for those whose answer is under way, which
 * are kept alive after it: both would hold up the end for as long as their client likes.
 */
export function endConnectionsOnClose(app: FastifyInstance): void {
  /** The open connections, each with the answer to its latest request: answers go out in the order of requests. */
  const connections = new Map<Socket, ServerResponse | undefined>();
  /** How many connections and requests there have been. */
  let arrivals = 0;
  let isClosing = false;

  app.server.on('connection', (socket: Socket) => {
    arrivals += 1;
    connections.set(socket, undefined);
    socket.once('close', () => connections.delete(socket));
  });
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    arrivals += 1;
    connections.set(socket, response);
    if (isClosing) endAfter(socket, response);
  });
  app.addHook('preClose', async () => {
    await untilNothingArrives(() => arrivals);
    isClosing = true;
    for (const [socket, response] of connections) {
      if (response && !response.writableFinished) endAfter(socket, response);
      else socket.destroy();
    }
  });
}

/** A turn of the event loop reads what there is, but takes one connection; the turn under way may be past both. */
async function untilNothingArrives(count: () => number): Promise<void> {
  const startMs = performance.now();
  let before: number;
  do {
    before = count();
    await setImmediate();
    await setImmediate();
  } while (count() > before && performance.now() - startMs < ARRIVALS_LIMIT_MS);
}

function endAfter(socket: Socket, response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
  response.once('close', () => socket.end());
}
