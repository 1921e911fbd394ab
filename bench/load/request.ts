/** A request of a row. Load generators send the requests of a list in turn. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Where the id of a message goes, which must be another one each time. */
export const NEW_ID = '[<id>]';

export function post(path: string, body: object): Request {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

export function get(path: string, token: string): Request {
  return { method: 'GET', path, headers: { authorization: `Bearer ${token}` } };
}

/** Sends a request once and returns the text of the reply, which must be a success. */
export async function send(url: string, { method, path, headers, body }: Request): Promise<string> {
  const reply = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path} is answered with ${reply.status}: ${text}`);
  return text;
}

/** Sends requests one after the other: a server that is not measured yet need not be loaded. */
export async function sendAll(url: string, requests: readonly Request[]): Promise<string[]> {
  const replies: string[] = [];
  for (const request of requests) replies.push(await send(url, request));
  return replies;
}
