import { connect } from 'node:net';

const BYTES_A_READ = 97;

export interface SlowReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Sends a request and reads the reply a few bytes at a time, from the socket itself: what is not read yet waits
 * in the buffers between the two processes.
 */
export function readSlowly(
  url: URL,
  head: Readonly<Record<string, string>>,
  body: string,
): Promise<SlowReply> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({
      host: url.hostname,
      port: Number(url.port),
      onread: {
        buffer: Buffer.alloc(BYTES_A_READ),
        callback: (count, buffer) => {
          received.push(Buffer.from(buffer.subarray(0, count)));
          setImmediate(() => socket.resume());
          return false;
        },
      },
    });
    socket.once('error', reject);
    socket.once('end', () => {
      const reply = parseReply(Buffer.concat(received).toString());
      if (reply === undefined) reject(new Error('the reply was cut off'));
      else resolve(reply);
      socket.destroy();
    });
    const headers = { ...head, host: url.host, connection: 'close' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write([`POST ${url.pathname} HTTP/1.1`, ...lines, '', body].join('\r\n'));
  });
}

/** Undefined for one that is not all there. */
function parseReply(received: string): SlowReply | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start = '', ...lines] = received.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const text = received.slice(end + 4);
  if (Buffer.byteLength(text) !== Number(headers['content-length'])) return undefined;
  return { status: Number(start.split(' ')[1]), headers, text };
}
