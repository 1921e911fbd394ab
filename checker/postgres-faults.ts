import { countDelayedCommits } from './delay-commits.js';
import { Faults, type FaultsDeps } from './faults.js';
import { pause } from './http-client.js';
import type { Node, PostgresTarget } from './postgres-target.js';
import { stepClock, stopForAWhile } from './process-faults.js';

const LOOK_EVERY_MS = 2;
/** For as long a delayed commit is waited for. */
const GIVE_UP_MS = 2000;

interface Broken extends FaultsDeps {
  readonly target: PostgresTarget;
}

/** Breaks one of the servers, or their database, as its own machine or the network would. */
export function createPostgresFaults(broken: Broken): Faults {
  const { target, random, figures } = broken;
  const anyNode = (): Node => random.pick(target.nodes);
  return new Faults({
    random,
    deck: [
      () => killServer(broken, anyNode()),
      () => killServerInCommit(broken, anyNode()),
      () => stopForAWhile(anyNode().server, broken),
      () => stopForAWhile(anyNode().server, broken),
      () => stepClock(anyNode().server, broken),
      () => stepClock(anyNode().server, broken),
      () => restartDatabase(broken, 'fast'),
      () => restartDatabase(broken, 'immediate'),
      () => endListeners(broken),
      () => endSessions(broken, anyNode()),
    ],
    heal: () => {
      for (const { server } of target.nodes) server.setClock(0);
      const { begun, ended } = countDelayedCommits(target.cluster.readLog());
      figures.saw('commit delayed', begun);
      figures.saw('commit cut off by the database', begun - ended);
    },
  });
}

async function killServerInCommit(broken: Broken, node: Node): Promise<undefined> {
  const giveUpMs = performance.now() + GIVE_UP_MS;
  while (!(await isInCommit(broken, node)) && performance.now() < giveUpMs) await pause(LOOK_EVERY_MS);
  return killServer(broken, node);
}

/**
 * The others go on meanwhile. Nobody repeats what he asked the killed one for before it is known whether that was
 * stored: its sessions may outlive it by the commit that they are in.
 */
async function killServer(broken: Broken, node: Node): Promise<undefined> {
  const { target, workload, figures } = broken;
  const asked = workload.pendingAt(node.server.baseUrl);
  const killedMs = performance.now();
  const openGate = target.closeGate();
  try {
    await node.server.kill();
    figures.kills += 1;
    if (await isInCommit(broken, node)) figures.saw('killed inside a commit');
    await untilSessionsEnd(broken, node);
    for (const send of asked.filter((one) => workload.isPending(one))) {
      send.headAfterKill ??= await findSeq(broken, send.no);
    }
  } finally {
    openGate();
  }
  await node.server.restart();
  figures.recoveryMs.push(performance.now() - killedMs);
}

/** Its commit is delayed at this moment. */
async function isInCommit({ target }: Broken, { user }: Node): Promise<boolean> {
  const text = `SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND wait_event = 'PgSleep'`;
  return (await target.ask(text, [user])).length > 0;
}

async function untilSessionsEnd({ target }: Broken, { user }: Node): Promise<void> {
  while ((await target.ask('SELECT 1 FROM pg_stat_activity WHERE usename = $1', [user])).length > 0) {
    await pause(LOOK_EVERY_MS);
  }
}

/** 0 when it is not stored. */
async function findSeq({ target }: Broken, no: string): Promise<number> {
  const text = 'SELECT seq::integer FROM messages WHERE community_id = 1 AND client_msg_no = $1';
  const [row] = await target.ask<{ seq: number }>(text, [no]);
  return row?.seq ?? 0;
}

/** `immediate` is a crash of all its processes. */
async function restartDatabase(
  { target, client, figures, random }: Broken,
  mode: 'fast' | 'immediate',
): Promise<number> {
  const startedMs = performance.now();
  const refusals = client.refusals;
  await target.disturb(async () => {
    await target.cluster.stop(mode);
    await pause(random.between(0, 500));
    await target.cluster.resume();
  });
  figures.databaseRestarts += 1;
  figures.saw('refused while the database was away', client.refusals - refusals);
  return performance.now() - startedMs;
}

/** Who listens for what others have written hears nothing for a while, and is not told what he has missed. */
async function endListeners({ target, figures }: Broken): Promise<undefined> {
  await target.disturb(async () => {
    const ended = await target.ask(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'server%' AND query ILIKE 'LISTEN%'`,
    );
    figures.saw('listening session ended', ended.length);
  });
}

async function endSessions({ target }: Broken, { user }: Node): Promise<undefined> {
  await target.disturb(async () => {
    await target.ask('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [user]);
  });
}
