import { Auditor } from './auditor.js';
import type { Figures } from './figures.js';
import { pause, type HttpClient } from './http-client.js';
import { KettleClient } from './kettle-client.js';
import { randomFor, type Random } from './random.js';
import { createReplicas, type Replicas } from './replicas.js';
import type { CheckOptions } from './run-check.js';
import { checkByReading, checkDatabase } from './store-dump.js';
import { failer, lookOf, SyncLaws } from './sync-laws.js';
import type { Target } from './target.js';
import { Violation } from './violation.js';
import { Workload } from './workload.js';
import { World, type Place } from './world.js';

interface RunOptions extends CheckOptions {
  readonly client: HttpClient;
  readonly figures: Figures;
}

/** Somebody who does one thing after the other until the time is over. */
type Actor = () => Promise<void>;

/** A device, whatever it follows. */
interface Device {
  readonly name: string;
  step(): Promise<void>;
  /** Returns whether anything came. */
  catchUp(): Promise<boolean>;
}

const BUSY_WRITERS = 12;
const CALM_MS = [60, 250] as const;
const QUIET_MS = [150, 600] as const;
/** As many polls as a device may take to stand still once nobody writes any more. */
const MAX_POLLS = 300;

/**
 * Writers and devices against the server, with faults in between; then peace, until every device stands still; then
 * everything is compared with everything.
 *
 * The seed decides what each actor does, but not when: which request comes before which is up to two processes and
 * the machine, so a replay makes the same attempts and may need more than one.
 */
export class Run {
  readonly #options: RunOptions;
  readonly #world: World;
  readonly #laws: SyncLaws;
  readonly #auditor: Auditor;
  readonly #kettles = new Map<string, KettleClient>();
  readonly #workload: Workload;
  #replicas: Replicas = { byVersion: [], bySeq: [], rooms: [], messages: [] };
  #isOver = false;

  constructor(options: RunOptions) {
    const { client, figures, seed } = options;
    this.#options = options;
    this.#world = new World(`c${seed}-${Date.now().toString(36)}`);
    this.#laws = new SyncLaws(this.#world, figures);
    this.#auditor = new Auditor({ client, figures, laws: this.#laws });
    this.#workload = new Workload({ client, figures, world: this.#world, kettles: this.#kettles });
  }

  async prepare(): Promise<void> {
    const { client, kettleKey, seed, figures } = this.#options;
    for (const uid of kettleKey === undefined ? [] : this.#world.hotUsers) {
      this.#kettles.set(uid, await KettleClient.logIn(uid, client, kettleKey ?? ''));
    }
    await this.#workload.prepare();
    this.#replicas = createReplicas({
      client,
      figures,
      seed,
      world: this.#world,
      laws: this.#laws,
      kettles: this.#kettles,
      lastDisturbedMs: (server) => this.#target?.lastDisturbedMs(server) ?? 0,
    });
  }

  /** Until the time is over. */
  async live(): Promise<void> {
    const { seconds } = this.#options;
    const random = this.#random('faults');
    const faults = this.#target?.createFaults({
      ...this.#options,
      random,
      workload: this.#workload,
      world: this.#world,
    });
    const actors: Actor[] = [
      ...this.#writers(),
      ...this.#devices.map((device) => () => device.step()),
      this.#audit(),
      ...(faults ? [() => faults.step()] : []),
    ];
    const timer = setTimeout(() => (this.#isOver = true), seconds * 1000);
    try {
      await this.#finish(actors);
    } finally {
      clearTimeout(timer);
      faults?.heal();
    }
  }

  /** Nobody writes any more: every device has to come to rest, and then all of them to agree. */
  async settle(): Promise<void> {
    const { figures, client } = this.#options;
    for (const device of this.#devices) figures.pollsToConverge.push(await catchUp(device));
    for (const uid of this.#world.users) await this.#compare(uid);
    for (const replica of this.#replicas.bySeq) checkSeqs(replica.logs, replica.name);
    const target = this.#target;
    if (target) await checkDatabase((no) => target.readLog(no), this.#world);
    else await checkByReading(client, this.#world);
  }

  get #target(): Target | undefined {
    const { target } = this.#options;
    return typeof target === 'string' ? undefined : target;
  }

  get #devices(): readonly Device[] {
    const { byVersion, bySeq, rooms, messages } = this.#replicas;
    return [...byVersion, ...bySeq, ...rooms, ...messages];
  }

  #random(actor: string): Random {
    return randomFor(this.#options.seed, actor);
  }

  #writers(): Actor[] {
    const world = this.#world;
    const writer = (
      name: string,
      places: () => readonly Place[],
      [low, high]: readonly [number, number],
    ): Actor => {
      const random = this.#random(name);
      return async () => {
        await this.#workload.step(random, places());
        if (high > 0) await pause(random.between(low, high));
      };
    };
    const editing = this.#random('editor');
    const quiet = world.quietUsers.flatMap((uid) => world.placesOf(uid));
    return [
      ...Array.from({ length: BUSY_WRITERS }, (_, index) =>
        writer(`writer ${index}`, () => world.busyPlaces, [0, 0]),
      ),
      writer('calm writer', () => world.calmPlaces, CALM_MS),
      writer('quiet writer', () => quiet, QUIET_MS),
      async () => {
        await this.#workload.step(editing, world.calmPlaces, 'edit');
        await pause(editing.between(...CALM_MS));
      },
    ];
  }

  #audit(): Actor {
    const random = this.#random('auditor');
    return () => this.#auditor.audit(random.pick(this.#world.users), this.#replicas.byVersion);
  }

  /** All go on until the time is over; the first who fails ends it for everyone. */
  async #finish(actors: readonly Actor[]): Promise<void> {
    await Promise.all(
      actors.map(async (act) => {
        try {
          while (!this.#isOver) await act();
        } finally {
          this.#isOver = true;
        }
      }),
    );
  }

  /** What each device holds is what a new one would get. */
  async #compare(uid: string): Promise<void> {
    const snapshot = await this.#auditor.takeSnapshot(uid);
    if (snapshot === undefined)
      throw new Violation({ law: 'quiet', who: uid, what: 'the server does not answer' });
    const fresh = new Map(snapshot.page.rows.map((row) => [row.key, `${row.position} ${lookOf(row)}`]));
    for (const replica of this.#replicas.byVersion.filter((one) => one.uid === uid)) {
      const held = new Map(
        [...replica.saved.rows].map(([key, row]) => [key, `${row.position} ${lookOf(row)}`]),
      );
      for (const key of new Set([...fresh.keys(), ...held.keys()])) {
        if (fresh.get(key) === held.get(key)) continue;
        const what = `at the end it has ${key} as ${held.get(key)}, a new device as ${fresh.get(key)}`;
        failer(snapshot.reply, replica.name)('audit', what);
      }
    }
  }
}

/** Returns how many polls it took. */
async function catchUp(device: Device): Promise<number> {
  for (let polls = 1; polls <= MAX_POLLS; polls += 1) {
    if (!(await device.catchUp())) return polls;
  }
  throw new Violation({
    law: 'quiet',
    who: device.name,
    what: `still gets something new after ${MAX_POLLS} polls`,
  });
}

/** It has every message of each of its conversations, from where its user's part of the log begins. */
function checkSeqs(logs: readonly { place: Place; seqs: ReadonlySet<number> }[], who: string): void {
  for (const { place, seqs } of logs) {
    for (let seq = place.membership.highestFloor + 1; seq <= place.log.size; seq += 1) {
      if (seqs.has(seq)) continue;
      throw new Violation({ law: 'gap', who, what: `it never got message ${seq} of ${place.channel_id}` });
    }
  }
}
