import type { ChangeListener } from '../../ports/change.js';
import { GroupCommit, type GroupResult } from './group-commit.js';
import type { SqliteDatabase } from './open-database.js';
import type { WriteRequest } from '../sql/write-operations.js';
import type { Committer } from '../sql/write-queue.js';

/** Commits on this thread, which waits for the disk: for commands that write a little and end. */
export class InlineCommitter implements Committer {
  readonly groupsAtOnce = 1;
  readonly #group: GroupCommit;
  readonly #announce: ChangeListener;

  constructor(database: SqliteDatabase, announce: ChangeListener) {
    this.#group = new GroupCommit(database);
    this.#announce = announce;
  }

  async commit(requests: readonly WriteRequest[], nowMs: number): Promise<GroupResult['outcomes']> {
    const { outcomes, changes } = this.#group.commit(requests, nowMs);
    for (const change of changes) this.#announce(change);
    return outcomes;
  }

  async close(): Promise<void> {}
}
