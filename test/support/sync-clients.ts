import { SYNC, toJson, type Reply, type WireConversation, type WukongClient } from './wukong-client.js';

/** A conversation as a client keeps it: the row of the answer, with its version in digits. */
type Kept = Omit<WireConversation, 'version' | 'limited'> & { readonly version: string };

interface SyncOptions {
  readonly uid: string;
  readonly limit?: number;
}

/** A device that keeps its list by increments. */
export interface Replica {
  /** One poll. Returns how many rows came. */
  sync(): Promise<number>;
  /** Polls until nothing comes. */
  catchUp(): Promise<void>;
  /** What the device shows, in an order that does not depend on how it came. */
  list(): Kept[];
}

/** How a device reaches the server; it may try again by itself. */
type Transport = Pick<WukongClient, 'post'>;

abstract class IncrementalClient implements Replica {
  protected readonly client: Transport;
  protected readonly options: SyncOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(client: Transport, options: SyncOptions) {
    this.client = client;
    this.options = options;
  }

  abstract sync(): Promise<number>;

  async catchUp(): Promise<void> {
    while ((await this.sync()) > 0);
  }

  list(): Kept[] {
    return [...this.#kept.values()].toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  }

  protected apply(reply: Reply): WireConversation[] {
    const rows = reply.ok<WireConversation[]>();
    if (reply.header('x-sync-reset') !== null) this.#kept.clear();
    for (const [index, row] of rows.entries()) {
      const { limited: _, ...kept } = row;
      if (row.is_deleted === 1) this.#kept.delete(idOf(row));
      else this.#kept.set(idOf(row), { ...kept, version: String(reply.versions[index]) });
    }
    return rows;
  }
}

function idOf({ channel_id: id, channel_type: type }: Pick<Kept, 'channel_id' | 'channel_type'>): string {
  return `${type} ${id}`;
}

/** The specification's own JavaScript: JSON.parse, Math.max, JSON.stringify. */
export class DoubleClient extends IncrementalClient {
  lastSyncVersion = 0;

  async sync(): Promise<number> {
    const body = { ...this.options, version: this.lastSyncVersion, msg_count: 1, include_deleted: 1 };
    const conversations = this.apply(await this.client.post(SYNC, JSON.stringify(body)));
    if (conversations.length > 0) {
      this.lastSyncVersion = Math.max(...conversations.map((c) => c.version));
    }
    return conversations.length;
  }
}

/** A client in Go or Java, which reads and writes versions as whole 64-bit numbers. */
export class Int64Client extends IncrementalClient {
  lastSyncVersion = 0n;

  async sync(): Promise<number> {
    const body = { ...this.options, version: this.lastSyncVersion, msg_count: 1, include_deleted: 1 };
    const reply = await this.client.post(SYNC, toJson(body));
    const conversations = this.apply(reply);
    for (const version of reply.versions) {
      if (version > this.lastSyncVersion) this.lastSyncVersion = version;
    }
    return conversations.length;
  }
}

export const CLIENT_KINDS = [
  { kind: 'double', Client: DoubleClient },
  { kind: 'int64', Client: Int64Client },
] as const;

/** What a new device shows after one sync without a cursor. */
export async function freshList(client: WukongClient, uid: string): Promise<Kept[]> {
  const fresh = new Int64Client(client, { uid });
  await fresh.sync();
  return fresh.list();
}
