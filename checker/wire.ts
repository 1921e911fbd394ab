/** What replies hold, as far as the checker looks at it. Field names are the wire's. */

export interface WireMessage {
  readonly message_id: number;
  readonly client_msg_no: string;
  readonly message_seq: number;
  readonly from_uid: string;
  readonly timestamp: number;
  readonly payload: string;
}

export interface WireRow {
  readonly channel_id: string;
  readonly channel_type: number;
  readonly unread: number;
  readonly timestamp: number;
  readonly last_msg_seq: number;
  readonly last_client_msg_no: string;
  readonly readed_to_msg_seq: number;
  /** In digits. */
  readonly version: string;
  readonly limited: number;
  readonly is_deleted?: number;
  readonly messages?: readonly WireMessage[];
  readonly recents?: readonly WireMessage[];
}

/** Reads rows with all digits of their versions, which JSON.parse would round. Undefined for anything else. */
export function parseRows(text: string): WireRow[] | undefined {
  const rows = parseJson(text.replaceAll(/"version":\s*(\d+)/g, '"version":"$1"'));
  return Array.isArray(rows) ? (rows as WireRow[]) : undefined;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function payloadOf(text: string): string {
  return Buffer.from(JSON.stringify({ type: 1, content: text })).toString('base64');
}

export function textOf(payload: string): string {
  const content = parseJson(Buffer.from(payload, 'base64').toString());
  const text = (content as { content?: unknown } | undefined)?.content;
  return typeof text === 'string' ? text : '';
}

/** JSON with `version` as an integer of that many digits. */
export function withVersion(body: object, digits: string): string {
  return JSON.stringify({ ...body, version: '@' }).replace('"version":"@"', `"version":${digits}`);
}
