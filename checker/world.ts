import { STRANGER, type State } from './admissible-states.js';
import { ChannelLog } from './channel-log.js';
import { Membership } from './membership.js';

/** A group of the one dialect; a room is one in which people also write, edit and delete in the other dialect. */
export type ChannelKind = 'group' | 'room' | 'person';

/** A channel as one user names it, and his part in it. */
export interface Place {
  readonly uid: string;
  readonly kind: ChannelKind;
  /** Where something happens only now and then, so that a list has parts that stand still while others move. */
  readonly isCalm: boolean;
  readonly channel_id: string;
  readonly channel_type: number;
  readonly log: ChannelLog;
  readonly membership: Membership;
}

export const GROUP_TYPE = 2;
export const PERSON_TYPE = 1;

const HOT_USERS = 4;
/** Where everybody writes all the time. */
const BUSY_GROUPS = 3;
const BUSY_ROOMS = 2;
const CALM_ROOMS = 4;

const MEMBER: State = { ...STRANGER, isMember: true };

/**
 * Who is there: some users who share a few busy channels, and two in a quiet one, where a poll has to wait. All
 * names are new in each run, so that a server with data can be asked.
 */
export class World {
  readonly runId: string;
  /** In the busy channels. */
  readonly hotUsers: readonly string[];
  /** In the quiet one. */
  readonly quietUsers: readonly string[];
  /** A member of every group who only reads: his right to the whole log never ends. */
  readonly archivist: string;
  readonly #places = new Map<string, Map<string, Place>>();
  #names = 0;

  constructor(runId: string) {
    this.runId = runId;
    this.hotUsers = Array.from({ length: HOT_USERS }, (_, index) => `${runId}-user${index}`);
    this.quietUsers = [`${runId}-night0`, `${runId}-night1`];
    this.archivist = `${runId}-archivist`;
    for (let index = 0; index < BUSY_GROUPS; index += 1) this.#addGroup('group', `${index}`, this.hotUsers);
    for (let index = 0; index < BUSY_ROOMS; index += 1) this.#addGroup('room', `${index}`, this.hotUsers);
    for (let index = 0; index < CALM_ROOMS; index += 1) this.#addGroup('room', `calm${index}`, this.hotUsers);
    this.#addGroup('room', 'night', this.quietUsers);
    for (const [index, uid] of this.hotUsers.entries()) {
      const next = this.hotUsers[(index + 1) % HOT_USERS] ?? uid;
      this.#addPair(uid, next);
    }
    this.#addPair(...(this.quietUsers as [string, string]));
  }

  get users(): readonly string[] {
    return [...this.hotUsers, ...this.quietUsers];
  }

  /** Where the busy users write all the time, and where now and then. */
  get busyPlaces(): readonly Place[] {
    return this.#hotPlaces.filter(({ isCalm }) => !isCalm);
  }

  get calmPlaces(): readonly Place[] {
    return this.#hotPlaces.filter(({ isCalm }) => isCalm);
  }

  get #hotPlaces(): readonly Place[] {
    return this.hotUsers.flatMap((uid) => this.placesOf(uid));
  }

  /** Every channel as this user sees it, also those that he is not a member of now. */
  placesOf(uid: string): readonly Place[] {
    return [...(this.#places.get(uid)?.values() ?? [])];
  }

  find(uid: string, name: Pick<Place, 'channel_id' | 'channel_type'>): Place | undefined {
    return this.#places.get(uid)?.get(keyOf(name));
  }

  /** Each channel once. */
  get channels(): readonly Place[] {
    const places = [...this.users, this.archivist].flatMap((uid) => this.placesOf(uid));
    return [...new Map(places.map((place) => [place.log, place])).values()];
  }

  membersOf({ log }: Place): readonly Place[] {
    return this.users.flatMap((uid) => this.placesOf(uid)).filter((place) => place.log === log);
  }

  /** Somebody whom nobody has written to yet. */
  addStranger(uid: string): Place {
    this.#names += 1;
    return this.#add(
      { uid, kind: 'person', channel_id: `${this.runId}-friend${this.#names}`, log: new ChannelLog() },
      STRANGER,
    );
  }

  newNo(): string {
    this.#names += 1;
    return `${this.runId}-${this.#names}`;
  }

  #addGroup(kind: ChannelKind, name: string, uids: readonly string[]): void {
    const log = new ChannelLog();
    // The signs that separate the parts of last_msg_seqs belong in a name that is to find mistakes.
    const channelId = `${this.runId}:${kind}|${name}:2`;
    for (const uid of [...uids, this.archivist]) this.#add({ uid, kind, channel_id: channelId, log }, MEMBER);
  }

  #addPair(one: string, other: string): void {
    const log = new ChannelLog();
    this.#add({ uid: one, kind: 'person', channel_id: other, log }, MEMBER);
    this.#add({ uid: other, kind: 'person', channel_id: one, log }, MEMBER);
  }

  #add(place: Omit<Place, 'membership' | 'channel_type' | 'isCalm'>, state: State): Place {
    const isCalm = place.channel_id.includes('|calm');
    const channel_type = place.kind === 'person' ? PERSON_TYPE : GROUP_TYPE;
    const added = { ...place, channel_type, isCalm, membership: new Membership(place.log, state) };
    const own = this.#places.get(place.uid) ?? new Map<string, Place>();
    this.#places.set(place.uid, own.set(keyOf(added), added));
    return added;
  }
}

export function keyOf({
  channel_id: id,
  channel_type: type,
}: Pick<Place, 'channel_id' | 'channel_type'>): string {
  return `${type}:${id}`;
}
