import type { KettleClient } from './kettle-client.js';
import { MessageReplica } from './message-replica.js';
import { randomFor } from './random.js';
import { RoomReplica } from './room-replica.js';
import { SeqReplica } from './seq-replica.js';
import { VersionReplica, type ReplicaDeps, type VersionReplicaOptions } from './version-replica.js';

export interface Replicas {
  readonly byVersion: readonly VersionReplica[];
  readonly bySeq: readonly SeqReplica[];
  readonly rooms: readonly RoomReplica[];
  readonly messages: readonly MessageReplica[];
}

type Kind = Omit<VersionReplicaOptions, 'uid'>;

/** The devices that each of the busy users has. */
const KINDS: readonly Kind[] = [
  { name: 'double', arithmetic: 'double', follows: 'rows' },
  { name: 'int64', arithmetic: 'int64', follows: 'rows' },
  { name: 'header', arithmetic: 'int64', follows: 'header', sendsText: true },
  { name: 'limit', arithmetic: 'double', follows: 'rows', hasLimit: true },
  { name: 'wait', arithmetic: 'double', follows: 'rows', waits: true, sendsText: true },
  { name: 'faulty', arithmetic: 'int64', follows: 'rows', isFaulty: true },
  { name: 'faulty double', arithmetic: 'double', follows: 'header', isFaulty: true, hasLimit: true },
  { name: 'slow', arithmetic: 'double', follows: 'rows', isSlow: true },
];

/** One that polls is answered from memory while nothing is new, the others are woken. */
const QUIET_KINDS: readonly Kind[] = [
  { name: 'polls', arithmetic: 'double', follows: 'rows' },
  { name: 'wait', arithmetic: 'double', follows: 'rows', waits: true },
  { name: 'wait int64', arithmetic: 'int64', follows: 'header', waits: true },
];

interface Cast extends Omit<ReplicaDeps, 'random'> {
  readonly seed: number;
  readonly kettles: ReadonlyMap<string, KettleClient>;
}

export function createReplicas(cast: Cast): Replicas {
  const { world, seed, kettles } = cast;
  const depsFor = (name: string): ReplicaDeps => ({
    ...cast,
    random: randomFor(seed, shorten(name, world.runId)),
  });
  const addDevice = (uid: string, kind: Kind): VersionReplica => {
    const name = `${uid} ${kind.name}`;
    return new VersionReplica({ ...kind, uid, name }, depsFor(name));
  };
  const byVersion = [
    ...world.hotUsers.flatMap((uid) => KINDS.map((kind) => addDevice(uid, kind))),
    ...world.quietUsers.flatMap((uid) => QUIET_KINDS.map((kind) => addDevice(uid, kind))),
  ];
  const bySeq = world.users.map(
    (uid) => new SeqReplica({ uid, name: `${uid} seqs` }, depsFor(`${uid} seqs`)),
  );
  const forms = [true, false].flatMap((hasDatabase) =>
    [...kettles.values()].map((kettle) => ({ kettle, hasDatabase })),
  );
  const rooms = forms.map((form) => {
    const name = `${form.kettle.uid} rooms ${form.hasDatabase ? 'with' : 'without'} database`;
    return new RoomReplica({ ...form, name }, depsFor(name));
  });
  const messages = forms.map((form, index) => {
    const places = world.placesOf(form.kettle.uid).filter(({ kind }) => kind === 'room');
    const place = places[index % places.length];
    if (place === undefined) throw new Error(`${form.kettle.uid} has no room`);
    const name = `${form.kettle.uid} messages of ${place.channel_id} ${form.hasDatabase ? 'with' : 'without'} database`;
    return new MessageReplica({ ...form, place, name }, depsFor(name));
  });
  return { byVersion, bySeq, rooms, messages };
}

/** Without what differs between two runs of one seed. */
function shorten(name: string, runId: string): string {
  return name.replaceAll(runId, '');
}
