import type { Sent } from './channel-log.js';
import type { HttpClient } from './http-client.js';
import { failer } from './sync-laws.js';
import { Violation } from './violation.js';
import { parseJson, textOf, type WireMessage } from './wire.js';
import type { Place, World } from './world.js';

/** A message as it is stored. */
interface Stored {
  readonly seq: number;
  readonly no: string;
  readonly text: string;
}

const READ_LIMIT = 1000;

/** A row of the table of messages. */
export interface StoredRow {
  readonly seq: number;
  readonly no: string;
  readonly payload: Buffer;
}

/** The log of the channel that has a message with this client_msg_no, ascending; empty if there is none. */
export type ReadLog = (clientMsgNo: string) => Promise<readonly StoredRow[]>;

/** Holds the database against what was acknowledged: each message once, in its place, without a hole. */
export async function checkDatabase(readLog: ReadLog, world: World): Promise<void> {
  for (const place of world.channels) {
    const [first] = place.log.all;
    if (first === undefined) continue;
    const rows = await readLog(first.no);
    const log = rows.map(({ seq, no, payload }) => ({ seq, no, text: textOf(payload.toString('base64')) }));
    compare(place, log, { by: 'the database', above: 0 });
  }
}

/** The same through the API, for a server whose database is elsewhere: as far as somebody can read it. */
export async function checkByReading(client: HttpClient, world: World): Promise<void> {
  for (const place of world.channels) {
    const readers =
      place.kind === 'person' ? world.membersOf(place) : [world.find(world.archivist, place) ?? place];
    for (const reader of readers) {
      const stored = await readAll(client, reader);
      const above = (stored[0]?.seq ?? place.log.size + 1) - 1;
      if (!reader.membership.floors.has(above)) {
        const what = `${place.channel_id} can be read only from message ${above + 1} on`;
        throw new Violation({ law: 'dump', who: reader.uid, what });
      }
      compare(place, stored, { by: reader.uid, above });
    }
  }
}

async function readAll(client: HttpClient, { uid, channel_id, channel_type }: Place): Promise<Stored[]> {
  const log: Stored[] = [];
  for (let start = 1; ; start = (log.at(-1)?.seq ?? 0) + 1) {
    const body = {
      login_uid: uid,
      channel_id,
      channel_type,
      start_message_seq: start,
      pull_mode: 1,
      limit: READ_LIMIT,
    };
    const reply = await client.insist({ path: '/channel/messagesync', body: JSON.stringify(body) });
    const page = parseJson(reply.text) as { messages?: WireMessage[]; more?: number } | undefined;
    if (page?.messages === undefined)
      return failer(reply, uid)('answered', `reading was answered with ${reply.status}`);
    const stored = page.messages.map(({ message_seq: seq, client_msg_no: no, payload }) => ({
      seq,
      no,
      text: textOf(payload),
    }));
    log.push(...stored);
    if (page.more !== 1 || stored.length === 0) return log;
  }
}

function compare(
  place: Place,
  stored: readonly Stored[],
  { by, above }: { by: string; above: number },
): void {
  const fail = (what: string): never => {
    throw new Violation({ law: 'dump', who: by, what: `${place.channel_id}: ${what}` });
  };
  const expected = [...place.log.all].filter(({ seq = 0 }) => seq > above);
  const byNo = new Map<string, Sent>(expected.map((sent) => [sent.no, sent]));
  for (const [index, { seq, no, text }] of stored.entries()) {
    if (seq !== above + index + 1) fail(`message ${seq} where ${above + index + 1} belongs`);
    const sent = byNo.get(no);
    if (sent === undefined) return fail(`message ${seq} (${no}) is there twice, or nobody has sent it`);
    if (sent.seq !== seq) fail(`message ${no} is ${seq}, and was acknowledged as ${sent.seq}`);
    const nowMs = performance.now();
    if (!sent.isText(text, { sentMs: nowMs, receivedMs: nowMs })) fail(`message ${seq} reads ${text}`);
    byNo.delete(no);
  }
  const [missing] = byNo.values();
  if (missing)
    fail(`${byNo.size} acknowledged messages are missing, ${missing.no} (${missing.seq}) among them`);
}
