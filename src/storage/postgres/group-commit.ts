import type { Client } from 'pg';
import { AppError } from '../../domain/errors.js';
import type { Change } from '../../ports/change.js';
import type { Statement } from '../sql/steps.js';
import { type Outcome, perform, type WriteRequest } from '../sql/write-operations.js';
import { CLOCK_COLUMNS, type ClockRow, WriteTransaction } from '../sql/write-transaction.js';
import { notifyOf } from './notifications.js';
import { isConnectionLost, isTransient, translateError } from './postgres-errors.js';
import type { Queries } from './queries.js';
import { WriteSession } from './write-session.js';

export interface GroupResult {
  /** One for each request, in their order. */
  readonly outcomes: readonly Outcome[];
  /** What is to be announced. */
  readonly changes: readonly Change[];
}

/** The server may or may not have done what it was asked. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
  /** What is to be announced in case it has. */
  readonly changes: readonly Change[];

  constructor(changes: readonly Change[], cause: unknown) {
    super('the connection was lost during COMMIT', { cause });
    this.changes = changes;
  }
}

/** That the group has to be run again, each operation in a savepoint of its own. */
class NeedsSavepoints extends Error {}

/**
 * Group commit: what makes a durable write slow is waiting for the disk once per transaction, so requests
 * that have come together share one.
 *
 * One that fails takes back only itself. Nearly all that fail do so before they have written anything, and then
 * there is nothing to take back. For the others the group is rolled back and run again with a savepoint around each
 * operation: rarely, so that no transaction in common use has hundreds of subtransactions, which slow down every
 * reader of the database.
 *
 * **Commit order is version order.** A group first locks the rows of its communities' clocks, in ascending order,
 * and holds them to the end. Without that, a sequence or the time of day would lose changes: T1 takes version 5,
 * T2 takes 6 and commits, a reader moves his cursor to 6, T1 commits 5, and nobody ever asks for it again. Here T2
 * gets the lock when T1 has committed and its changes can be seen, because PostgreSQL makes a commit visible before it
 * lets go of the locks; and in READ COMMITTED every statement that follows sees all that was committed before it
 * began. So operations decide on what is there, and two that write to the same communities cannot lock each
 * other out. Held that long, the lock lets one group at a time write to a community. That is what groups are for.
 *
 * @throws what the server or the driver has thrown; then nothing is stored, unless it is an UnknownOutcome
 */
export async function commitGroup(
  { client, queries }: { readonly client: Client; readonly queries: Queries },
  requests: readonly WriteRequest[],
  nowMs: number,
): Promise<GroupResult> {
  const attempt = (runOne: RunOne): Promise<GroupResult> =>
    runGroup(new WriteSession(client, queries), { requests, nowMs, runOne });
  try {
    return await attempt(runPlainly);
  } catch (error) {
    if (error instanceof UnknownOutcome || isTransient(error)) throw error;
    return attempt(runInSavepoint);
  }
}

interface Group {
  readonly requests: readonly WriteRequest[];
  readonly nowMs: number;
  readonly runOne: RunOne;
}

type RunOne = (
  session: WriteSession,
  transaction: WriteTransaction,
  request: WriteRequest,
) => Promise<Outcome>;

async function runGroup(session: WriteSession, { requests, nowMs, runOne }: Group): Promise<GroupResult> {
  const outcomes: Outcome[] = [];
  let changes: readonly Change[] = [];
  try {
    session.send('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    const clocks = (await session.ask(lockClocks(requests))) as ClockRow[];
    const transaction = new WriteTransaction(nowMs, clocks);
    for (const request of requests) outcomes.push(await runOne(session, transaction, request));
    await session.follow(transaction.saveClocks());
    changes = transaction.changes();
    for (const change of changes) session.send(notifyOf(change));
  } catch (error) {
    if (!isConnectionLost(error)) await session.rollBack();
    throw error;
  }
  try {
    await session.commit();
  } catch (error) {
    throw isConnectionLost(error) ? new UnknownOutcome(changes, error) : error;
  }
  return { outcomes, changes };
}

/**
 * A write that names no community, or an API key, which must be new to all, may concern any of them. A community
 * that does not exist has no row.
 */
function lockClocks(requests: readonly WriteRequest[]): Statement {
  const communityIds = new Set<number>();
  let concernsAll = false;
  for (const { operation, command } of requests) {
    if (operation === 'setApiKey' || !('communityId' in command)) concernsAll = true;
    else communityIds.add(command.communityId);
  }
  const which = concernsAll ? '' : 'WHERE community_id = ANY(CAST(@communityIds AS BIGINT[]))';
  return {
    text: `SELECT ${CLOCK_COLUMNS} FROM clocks ${which} ORDER BY community_id FOR UPDATE`,
    parameters: { communityIds: [...communityIds] },
    want: 'all',
  };
}

async function runPlainly(
  session: WriteSession,
  transaction: WriteTransaction,
  request: WriteRequest,
): Promise<Outcome> {
  const writesBefore = session.writes;
  try {
    return { result: await session.follow(perform(transaction, request)) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (session.writes > writesBefore) throw new NeedsSavepoints();
    return { error };
  }
}

async function runInSavepoint(
  session: WriteSession,
  transaction: WriteTransaction,
  request: WriteRequest,
): Promise<Outcome> {
  session.send('SAVEPOINT operation');
  try {
    const result = await session.follow(perform(transaction, request));
    await session.settle();
    session.send('RELEASE operation');
    return { result };
  } catch (error) {
    if (isTransient(error)) throw error;
    await session.rollBackToSavepoint();
    return { error: translateError(error) };
  }
}
