import type { Figures } from './figures.js';
import type { HttpClient, Reply } from './http-client.js';
import { shownOf, failer, lookOf, type Asked, type Page, type SyncLaws } from './sync-laws.js';
import type { VersionReplica } from './version-replica.js';

export interface AuditorDeps {
  readonly client: HttpClient;
  readonly laws: SyncLaws;
  readonly figures: Figures;
}

/**
 * Takes a fresh snapshot and holds all of a user's devices against it: what has not changed since a device's
 * position, the device has to have exactly so. That finds a loss as soon as a cursor has passed it, though others
 * go on writing.
 */
export class Auditor {
  readonly #deps: AuditorDeps;

  constructor(deps: AuditorDeps) {
    this.#deps = deps;
  }

  async audit(uid: string, replicas: readonly VersionReplica[]): Promise<void> {
    const saved = replicas
      .filter((replica) => replica.uid === uid)
      .map(({ name, saved: { rows, cursor } }) => ({ name, rows, cursor }));
    const snapshot = await this.takeSnapshot(uid);
    if (snapshot === undefined) return;
    const { page, reply } = snapshot;
    this.#deps.figures.audits += 1;
    for (const { name, rows, cursor } of saved) {
      for (const row of page.rows) {
        if (row.position > cursor) continue;
        const held = rows.get(row.key);
        const [is, shouldBe] = [
          held ? `${held.position} ${lookOf(held)}` : 'nothing',
          `${row.position} ${lookOf(row)}`,
        ];
        if (is === shouldBe) continue;
        failer(reply, name)(
          'audit',
          `at cursor ${cursor} it has ${row.channel_id} as ${is}, a new device as ${shouldBe}`,
        );
      }
    }
  }

  /** What a new device would get; undefined while the server cannot answer. */
  async takeSnapshot(uid: string): Promise<{ readonly page: Page; readonly reply: Reply } | undefined> {
    const { client, laws } = this.#deps;
    const asked: Asked = { who: `auditor of ${uid}`, uid, cursor: 0n, messageCount: 2 };
    const body = JSON.stringify({ uid, msg_count: 2 });
    const reply = await client.ask({ path: '/conversation/sync', body });
    if (reply === undefined) return undefined;
    const page = laws.check(reply, asked);
    laws.checkWhole(new Map(page.rows.map((row) => [row.key, shownOf(row)])), asked, reply);
    return { page, reply };
  }
}
