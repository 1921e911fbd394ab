import { countDelayedCommits, holdCommits, type HeldCommits } from './delay-commits.js';
import { type Fault, Faults, type FaultsDeps } from './faults.js';
import { pause } from './http-client.js';
import type { Node, PostgresTarget } from './postgres-target.js';
import { stepClock, stopForAWhile } from './process-faults.js';
import { replicaFaults } from './replica-faults.js';

const LOOK_EVERY_MS = 2;
/** For as long a commit is waited for; those who wait for it in turn give up after 5 seconds. */
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
      () => killServerInCommit(broken),
      () => stopForAWhile(anyNode().server, broken),
      () => stopForAWhile(anyNode().server, broken),
      () => stepClock(anyNode().server, broken),
      () => stepClock(anyNode().server, broken),
      () => restartDatabase(broken),
      () => crashDatabase(broken),
      () => endListeners(broken),
      () => endSessions(broken, anyNode()),
      ...faultsOfReplica(broken),
    ],
    heal: () => {
      for (const { server } of target.nodes) server.setClock(0);
      figures.saw('commit delayed', countDelayedCommits(target.cluster.readLog()));
    },
  });
}

function faultsOfReplica({ target: { replica, url }, random, figures }: Broken): readonly Fault[] {
  return replica ? replicaFaults({ replica, url: replica.urlOf(url), random, figures }) : [];
}

/** Between the write and its answer, where nobody can say whether it is stored. */
async function killServerInCommit(broken: Broken): Promise<undefined> {
  const { target, figures, random } = broken;
  const held = await holdCommits(target.url);
  try {
    const user = await waitForHeld(held);
    const node = target.nodes.find((one) => one.user === user) ?? random.pick(target.nodes);
    return await killServer(broken, node, async () => {
      if ((await held.findUser()) === node.user) figures.saw('killed inside a commit');
      await held[Symbol.asyncDispose]();
    });
  } finally {
    await held[Symbol.asyncDispose]();
  }
}

/**
 * The others go on meanwhile. Nobody repeats what he asked the killed one for before it is known whether that was
 * stored: its sessions may outlive it by the commit that they are in.
 */
async function killServer(
  broken: Broken,
  node: Node,
  look: () => Promise<void> = async () => undefined,
): Promise<undefined> {
  const { target, workload, figures } = broken;
  const asked = workload.pendingAt(node.server.baseUrl);
  const killedMs = performance.now();
  const openGate = target.closeGate();
  try {
    await node.server.kill();
    figures.kills += 1;
    await look();
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

/** Returns whose commit is held; undefined if none is for a while. */
async function waitForHeld(held: HeldCommits): Promise<string | undefined> {
  const giveUpMs = performance.now() + GIVE_UP_MS;
  let user = await held.findUser();
  while (user === undefined && performance.now() < giveUpMs) {
    await pause(LOOK_EVERY_MS);
    user = await held.findUser();
  }
  return user;
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

/** As an operator does who has changed a setting. */
async function restartDatabase(broken: Broken): Promise<number> {
  return endDatabase(broken, () => broken.target.cluster.stop('fast'));
}

/** All its processes at the same moment, one of them in a commit. */
async function crashDatabase(broken: Broken): Promise<number> {
  const { target, figures } = broken;
  const held = await holdCommits(target.url);
  await waitForHeld(held);
  return endDatabase(broken, async () => {
    if ((await held.findUser()) !== undefined) figures.saw('commit cut off by the database');
    await target.cluster.stop('immediate');
    await held[Symbol.asyncDispose]();
  });
}

async function endDatabase(
  { target, client, figures, random }: Broken,
  end: () => Promise<void>,
): Promise<number> {
  const startedMs = performance.now();
  const refusals = client.refusals;
  await target.disturb(async () => {
    await end();
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
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark listener'`,
    );
    figures.saw('listening session ended', ended.length);
  });
}

async function endSessions({ target }: Broken, { user }: Node): Promise<undefined> {
  await target.disturb(async () => {
    await target.ask('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [user]);
  });
}
