import assert from 'node:assert/strict';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  asSeenBy,
  describeAck,
  describeMessage,
  nameOf,
  readLog,
  recompute,
  type AckedClear,
  type AckedSend,
} from '../support/crash-history.js';
import { ServerProcess } from '../support/process.js';
import { createRandom, randomFrom, type Random } from '../support/random.js';
import { freshList, Int64Client } from '../support/sync-clients.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import {
  group,
  person,
  SYNC,
  type Body,
  type ChannelName,
  type Reply,
  type Sent,
  type WireConversation,
  type WireMessage,
  type WukongClient,
} from '../support/wukong-client.js';

const KILLS = 3;
const WRITERS = 32;
const UIDS = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'];
const GROUPS = ['g0', 'g1', 'g2'];

/** What all clients together have been told, and how often they were told nothing. */
class Clients {
  readonly sends: AckedSend[] = [];
  readonly clears: AckedClear[] = [];
  unanswered = 0;
  repeated = 0;
  isOver = false;
  readonly #server: ServerProcess;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  /** Asks until there is an answer, of the next process where this one has been killed. */
  async ask(request: (client: WukongClient) => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const { client } = this.#server;
      try {
        return await request(client);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        this.unanswered += 1;
        await vi.waitUntil(() => this.#server.client !== client, { timeout: 30_000, interval: 5 });
      }
    }
  }

  post(path: string, body: Body | string): Promise<Reply> {
    return this.ask((client) => client.post(path, body));
  }

  async send(from: string, channel: ChannelName, clientMsgNo: string): Promise<AckedSend> {
    const text = `${from} says ${clientMsgNo}`;
    const more = { client_msg_no: clientMsgNo };
    const sent = (await this.ask((client) => client.send(from, channel, { text, ...more }))).ok<Sent>();
    return { from, channel, clientMsgNo, text, sent };
  }

  /** Sends again what was acknowledged, by this process or an earlier one. */
  async repeat({ from, channel, clientMsgNo, sent }: AckedSend): Promise<void> {
    const again = await this.send(from, channel, clientMsgNo);
    assert.deepEqual(again.sent, sent);
    this.repeated += 1;
  }

  /** What is acknowledged is in every sync that begins afterwards, whichever process answers it. */
  async expectSeen({ from, channel, sent }: AckedSend): Promise<void> {
    const reader = channel.channel_type === 1 ? channel.channel_id : (UIDS[0] ?? '');
    const { channel_id: id } = asSeenBy(reader, from, channel);
    const rows = (await this.post(SYNC, { uid: reader })).ok<WireConversation[]>();
    const row = rows.find((each) => each.channel_id === id);
    assert.ok(
      (row?.last_msg_seq ?? 0) >= sent.message_seq,
      `${JSON.stringify(row)} is before ${sent.message_seq}`,
    );
  }

  async clear(clear: AckedClear): Promise<void> {
    const body = { uid: clear.uid, ...clear.channel, message_seq: clear.seq };
    (await this.post('/conversations/clearUnread', body)).ok();
    this.clears.push(clear);
  }

  async write(random: Random, clientMsgNo: string): Promise<void> {
    const from = random.pick(UIDS);
    const known = this.sends.length > 0 ? random.pick(this.sends) : undefined;
    const kind = random.below(10);
    if (known && kind === 0) return this.repeat(known);
    if (known && kind <= 2) {
      const reader =
        known.channel.channel_type === 1 ? random.pick([known.from, known.channel.channel_id]) : from;
      const channel = asSeenBy(reader, known.from, known.channel);
      return this.clear({ uid: reader, channel, seq: known.sent.message_seq });
    }
    const peer = random.pick(UIDS.filter((uid) => uid !== from));
    const channel = kind < 6 ? person(peer) : group(random.pick(GROUPS));
    const acked = await this.send(from, channel, clientMsgNo);
    this.sends.push(acked);
    if (kind % 3 === 0) await this.expectSeen(acked);
  }
}

/** Kills the server three times, each time after it has acknowledged some more. */
async function killAndRestart(server: ServerProcess, clients: Clients, random: Random): Promise<void> {
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const enough = clients.sends.length + 100 + random.below(200);
    await vi.waitUntil(() => clients.sends.length >= enough, { timeout: 30_000, interval: 1 });
    const before = clients.unanswered;
    await server.kill('SIGKILL');
    await server.restart();
    await vi.waitUntil(() => clients.unanswered > before, { timeout: 30_000, interval: 1 });
  }
  const enough = clients.sends.length + 100;
  await vi.waitUntil(() => clients.sends.length >= enough, { timeout: 30_000, interval: 1 });
}

/** Each channel's log, read by each of its members, who all have to read the same. */
async function readLogs(client: WukongClient): Promise<Map<string, WireMessage[]>> {
  const logs = new Map<string, WireMessage[]>();
  for (const uid of UIDS) {
    const channels = [...GROUPS.map((id) => group(id)), ...UIDS.filter((peer) => peer !== uid).map(person)];
    for (const channel of channels) {
      const log = await readLog(client, uid, channel);
      const name = nameOf(uid, channel);
      expect(log).toEqual(logs.get(name) ?? log);
      logs.set(name, log);
    }
  }
  return logs;
}

function expectEveryAckOnce(
  logs: ReadonlyMap<string, readonly WireMessage[]>,
  sends: readonly AckedSend[],
): void {
  const acked = new Map<string, AckedSend[]>();
  for (const send of sends) {
    const name = nameOf(send.from, send.channel);
    acked.set(name, [...(acked.get(name) ?? []), send]);
  }
  for (const [name, log] of logs) {
    expect(log.map(({ message_seq: seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    const ofChannel = (acked.get(name) ?? []).toSorted(
      (one, other) => one.sent.message_seq - other.sent.message_seq,
    );
    expect(log.map(describeMessage)).toEqual(ofChannel.map(describeAck));
  }
  const ids = [...logs.values()].flat().map(({ message_id: id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBe(sends.length);
}

async function expectListsAsRecomputed(
  client: WukongClient,
  logs: ReadonlyMap<string, readonly WireMessage[]>,
  clears: readonly AckedClear[],
): Promise<void> {
  for (const uid of UIDS) {
    const rows: WireConversation[] = await client.list(uid, { msg_count: 50 });
    const shown = new Map(rows.map((row) => [nameOf(uid, row), row]));
    const own = [...logs].filter(
      ([name, log]) => log.length > 0 && (name.startsWith('2:') || name.slice(2).split('+').includes(uid)),
    );
    expect([...shown.keys()].toSorted()).toEqual(own.map(([name]) => name).toSorted());
    for (const [name, log] of own) {
      const seqs = clears
        .filter((clear) => clear.uid === uid && nameOf(uid, clear.channel) === name)
        .map(({ seq }) => seq);
      const row = shown.get(name);
      expect([uid, name, row]).toMatchObject([uid, name, recompute(uid, log, Math.max(0, ...seqs))]);
      expect(row?.messages).toEqual(log.slice(-50).toReversed());
    }
  }
}

test('ST-1, ST-2, ST-3, WK-20, WK-21: killed three times amid 32 writers, it has each acknowledged message once', async () => {
  const random = createRandom('kill -9');
  using folder = createTemporaryFolder();
  await using server = await ServerProcess.start(join(folder.path, 'tidemark.db'));
  for (const id of GROUPS) await server.client.makeGroup(group(id), UIDS);
  const clients = new Clients(server);

  const devices = UIDS.map((uid) => new Int64Client(clients, { uid }));
  const stopAfterKills = async (): Promise<void> => {
    await killAndRestart(server, clients, random);
    clients.isOver = true;
  };
  await Promise.all([
    stopAfterKills(),
    ...Array.from({ length: WRITERS }, async (_, writer) => {
      const own = randomFrom(random.seed + writer);
      for (let index = 0; !clients.isOver; index += 1) await clients.write(own, `w${writer}-${index}`);
    }),
    ...devices.map(async (device) => {
      while (!clients.isOver) await device.sync();
    }),
  ]);

  for (const acked of clients.sends) await clients.repeat(acked);
  const logs = await readLogs(server.client);
  expectEveryAckOnce(logs, clients.sends);
  await expectListsAsRecomputed(server.client, logs, clients.clears);
  for (const [index, device] of devices.entries()) {
    await device.catchUp();
    expect(device.list()).toEqual(await freshList(server.client, UIDS[index] ?? ''));
  }
  const { sends, clears, unanswered, repeated } = clients;
  process.stdout.write(
    `kill -9: ${sends.length} sends, ${clears.length} clears, ${unanswered} requests unanswered, ${repeated} repeated\n`,
  );
});
