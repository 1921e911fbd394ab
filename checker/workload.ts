import type { Step } from './admissible-states.js';
import { Sent, type Seen } from './channel-log.js';
import type { Figures } from './figures.js';
import { pause, type HttpClient, type Reply, type Request } from './http-client.js';
import { dataOf, type KettleClient } from './kettle-client.js';
import type { Random } from './random.js';
import { failer } from './sync-laws.js';
import { parseJson, payloadOf } from './wire.js';
import type { Place, World } from './world.js';

export interface WorkloadDeps {
  readonly client: HttpClient;
  readonly world: World;
  readonly figures: Figures;
  /** Who speaks the other dialect, by uid; empty when nobody can. */
  readonly kettles: ReadonlyMap<string, KettleClient>;
}

/** A send that is under way, and what was found of it after a kill. */
export interface Pending {
  readonly place: Place;
  readonly no: string;
  /** The newest message of the channel when the server was back, if it was killed meanwhile. */
  headAfterKill: number | undefined;
}

interface Answered {
  readonly place: Place;
  readonly sent: Sent;
  readonly text: string;
}

const SEND = '/message/send';
/** As many sends are kept for sending them once more. */
const REMEMBERED = 200;
const MAX_FRIENDS = 12;
/** As far back people change what they wrote. */
const OWN_REACH = 30;
const OUT_OF = 100;

/** How often each operation is drawn, of a hundred; what cannot be done at a place is a send. */
const PLAN: readonly (readonly [name: string, percent: number])[] = [
  ['send', 42],
  ['repeat', 8],
  ['clear to a seq', 8],
  ['clear', 6],
  ['set unread', 8],
  ['delete', 5],
  ['leave or join', 8],
  ['befriend', 1],
  ['edit', 10],
  ['delete message', 2],
  ['mark read', 2],
];

/** What people do. Every operation is repeated until it is answered, with the same client_msg_no. */
export class Workload {
  readonly #deps: WorkloadDeps;
  readonly #answered: Answered[] = [];
  readonly #pending = new Map<Sent, Pending>();
  #friends = 0;

  constructor(deps: WorkloadDeps) {
    this.#deps = deps;
  }

  /** Makes the groups, lets each pair meet, and looks up what the rooms are called in the other dialect. */
  async prepare(): Promise<void> {
    const { world, kettles } = this.#deps;
    for (const place of world.channels.filter(({ kind }) => kind !== 'person')) {
      const subscribers = [...world.membersOf(place).map(({ uid }) => uid), world.archivist];
      const body = JSON.stringify({ ...nameOf(place), subscribers });
      succeed(await this.#deps.client.insist({ path: '/channel', body }), place.uid);
      await this.#send(place, `the first of ${place.channel_id}`);
    }
    for (const place of world.channels.filter(({ kind }) => kind === 'person')) {
      await this.#send(place, `hello ${place.channel_id}`);
    }
    for (const kettle of kettles.values()) await kettle.findRooms();
  }

  /** One operation at one of `places`, unless somebody else is doing something at each that was tried. */
  async step(random: Random, places: readonly Place[], action = draw(random)): Promise<void> {
    const place = random.pick(places);
    const { membership } = place;
    if (membership.isBusy) {
      await pause(1);
      return;
    }
    membership.isBusy = true;
    try {
      await this.#act(random, place, action);
      this.#deps.figures.operations += 1;
    } finally {
      membership.isBusy = false;
    }
  }

  /** The sends that a server was asked for and has not answered yet. */
  pendingAt(server: string): readonly Pending[] {
    const bodies = [...this.#deps.client.inFlight.values()]
      .filter((request) => request.server === server)
      .map(({ body = '' }) => body);
    return [...this.#pending.values()].filter(({ no }) => bodies.some((body) => body.includes(`"${no}"`)));
  }

  isPending(send: Pending): boolean {
    return [...this.#pending.values()].includes(send);
  }

  async #act(random: Random, place: Place, action: string): Promise<void> {
    const { membership, kind, log } = place;
    if (action === 'befriend' && this.#friends < MAX_FRIENDS) return this.#befriend(random, place.uid);
    if (action === 'repeat' && this.#answered.length > 0) return this.#repeat(random);
    if (kind !== 'person' && (!membership.isMember || action === 'leave or join')) {
      return membership.isMember ? this.#leave(place) : this.#join(place);
    }
    const state = { uid: place.uid, ...nameOf(place) };
    if (action === 'clear to a seq' || action === 'clear') {
      const upTo = action === 'clear' ? undefined : random.between(1, Math.max(1, log.newestTold));
      return this.#change(place, '/conversations/clearUnread', {
        step: { kind: 'clear', ...(upTo !== undefined && { upTo }) },
        body: { ...state, ...(upTo !== undefined && { message_seq: upTo }) },
      });
    }
    // In rooms, where deleted messages do not count, only the outcome 0 is the same for everyone.
    if (action === 'set unread') {
      const unread = kind === 'room' ? 0 : random.between(0, 6);
      const step = { kind: 'set unread', unread } as const;
      return this.#change(place, '/conversations/setUnread', { step, body: { ...state, unread } });
    }
    if (action === 'delete') {
      return this.#change(place, '/conversations/delete', { step: { kind: 'delete' }, body: state });
    }
    const kettle = kind === 'room' ? this.#deps.kettles.get(place.uid) : undefined;
    if (kettle !== undefined) return this.#actInRoom(random, place, { kettle, action });
    return this.#send(place, `${action} ${random.below(2 ** 30)}`);
  }

  async #actInRoom(
    random: Random,
    place: Place,
    { kettle, action }: { kettle: KettleClient; action: string },
  ): Promise<void> {
    const own = this.#findOwn(random, place);
    if (action === 'edit' && own) return this.#edit(random, place, { kettle, sent: own });
    if (action === 'delete message' && own) return this.#deleteMessage(place, { kettle, sent: own });
    if (action === 'mark read') {
      const body = JSON.stringify({ chatroom_id: kettle.rooms.get(place.channel_id) });
      place.membership.begin({ kind: 'clear' });
      succeed(await kettle.insist({ path: '/chatroom/mark_read', body }), kettle.uid);
      return place.membership.end({ kind: 'clear' });
    }
    return random.chance(50)
      ? this.#post(random, place, kettle)
      : this.#send(place, `in a room ${random.below(2 ** 30)}`);
  }

  /** A recent message of one's own that is there to be changed, for certain. */
  #findOwn(random: Random, { log, uid, membership }: Place): Sent | undefined {
    const newest = log.newestTold - random.below(Math.min(OWN_REACH, Math.max(1, log.newestTold)));
    for (let seq = newest; seq > Math.max(newest - OWN_REACH, membership.highestFloor); seq -= 1) {
      const sent = log.findBySeq(seq);
      const isThere = sent !== undefined && sent.ackedMs < Infinity && sent.deletion === undefined;
      if (isThere && sent.from === uid) return sent;
    }
    return undefined;
  }

  async #send(place: Place, text: string): Promise<void> {
    const sent = this.#begin(place, text);
    const reply = await this.#deps.client.insist(sendRequest(place, { no: sent.no, text }));
    this.#endSend(reply, { place, sent, text });
  }

  /**
   * Posts in the other dialect. Its answer has no seq; sending the same client_msg_no in this dialect has to
   * return the first answer, which has one.
   */
  async #post(random: Random, place: Place, kettle: KettleClient): Promise<void> {
    const text = `posted ${random.below(2 ** 30)}`;
    const sent = this.#begin(place, text);
    const { no } = sent;
    const body = JSON.stringify({ chatroom_id: kettle.rooms.get(place.channel_id), text, temporary_id: no });
    const posted = await kettle.insist({ path: '/conversation', body });
    const { id } = dataOf<{ id: number }>(posted, kettle.uid);
    const reply = await this.#deps.client.insist(sendRequest(place, { no, text }));
    sent.server = posted.server;
    const again = this.#endSend(reply, { place, sent, text });
    if (again.id !== id)
      failer(reply, place.uid)('first answer', `${no} was posted as ${id}, and is sent as ${again.id}`);
  }

  #begin(place: Place, text: string): Sent {
    const sent = new Sent({ no: this.#deps.world.newNo(), from: place.uid, text });
    this.#pending.set(sent, { place, no: sent.no, headAfterKill: undefined });
    place.log.begin(sent);
    place.membership.begin({ kind: 'send' });
    return sent;
  }

  #endSend(reply: Reply, message: Answered): Pick<Seen, 'seq' | 'id'> {
    const { place, sent } = message;
    sent.server ??= reply.server;
    const answer = readAnswer(reply, place.uid);
    const fault = place.log.acknowledge(sent, answer);
    if (fault !== undefined) failer(reply, place.uid)('log', `in ${place.channel_id}, ${fault}`);
    place.membership.end({ kind: 'send', seq: answer.seq });
    this.#noteKill(sent, answer.seq);
    this.#answered[this.#answered.length < REMEMBERED ? this.#answered.length : answer.seq % REMEMBERED] =
      message;
    return answer;
  }

  /** A write that a kill left unanswered was either kept or lost as a whole. */
  #noteKill(sent: Sent, seq: number): void {
    const { headAfterKill } = this.#pending.get(sent) ?? {};
    this.#pending.delete(sent);
    if (headAfterKill === undefined) return;
    const { figures } = this.#deps;
    figures.saw(seq <= headAfterKill ? 'killed between commit and reply' : 'killed before the commit');
  }

  /** The same message once more, perhaps long after and behind several restarts. */
  async #repeat(random: Random): Promise<void> {
    const { place, sent, text } = random.pick(this.#answered);
    const reply = await this.#deps.client.insist(sendRequest(place, { no: sent.no, text }));
    const { seq, id } = readAnswer(reply, place.uid);
    if (seq !== sent.seq || id !== sent.id) {
      const first = `message ${sent.seq} (id ${sent.id})`;
      failer(reply, place.uid)(
        'first answer',
        `${sent.no} is ${first}, and sent again message ${seq} (id ${id})`,
      );
    }
    this.#deps.figures.saw('retry answered with the first answer');
  }

  async #befriend(random: Random, uid: string): Promise<void> {
    this.#friends += 1;
    const place = this.#deps.world.addStranger(uid);
    place.membership.isBusy = true;
    await this.#send(place, `nice to meet you ${random.below(2 ** 30)}`);
    place.membership.isBusy = false;
  }

  #leave(place: Place): Promise<void> {
    const body = { ...nameOf(place), subscribers: [place.uid] };
    return this.#change(place, '/channel/subscriber_remove', { step: { kind: 'leave' }, body });
  }

  #join(place: Place): Promise<void> {
    const body = { ...nameOf(place), subscribers: [place.uid] };
    return this.#change(place, '/channel/subscriber_add', { step: { kind: 'join' }, body });
  }

  async #change(place: Place, path: string, { step, body }: { step: Step; body: object }): Promise<void> {
    place.membership.begin(step);
    succeed(await this.#deps.client.insist({ path, body: JSON.stringify(body) }), place.uid);
    place.membership.end(step);
  }

  async #edit(
    random: Random,
    { log }: Place,
    { kettle, sent }: { kettle: KettleClient; sent: Sent },
  ): Promise<void> {
    const text = `edited ${random.below(2 ** 30)}`;
    log.beginEdit(sent, text);
    const body = JSON.stringify({ conversation_id: sent.id, text });
    succeed(await kettle.insist({ method: 'PUT', path: '/conversation', body }), kettle.uid);
    log.endEdit(sent);
  }

  async #deleteMessage(
    { log }: Place,
    { kettle, sent }: { kettle: KettleClient; sent: Sent },
  ): Promise<void> {
    log.beginDeletion(sent);
    const body = JSON.stringify({ conversation_ids: [sent.id] });
    succeed(await kettle.insist({ method: 'DELETE', path: '/conversation', body }), kettle.uid);
    log.endDeletion(sent);
  }
}

function draw(random: Random): string {
  let left = random.below(OUT_OF);
  for (const [name, percent] of PLAN) {
    left -= percent;
    if (left < 0) return name;
  }
  return 'send';
}

function nameOf({ channel_id, channel_type }: Place): Pick<Place, 'channel_id' | 'channel_type'> {
  return { channel_id, channel_type };
}

function sendRequest(place: Place, { no, text }: { no: string; text: string }): Request {
  const body = { from_uid: place.uid, ...nameOf(place), client_msg_no: no, payload: payloadOf(text) };
  return { path: SEND, body: JSON.stringify(body) };
}

function succeed(reply: Reply, who: string): void {
  if (reply.status !== 200) failer(reply, who)('answered', `a write was answered with ${reply.status}`);
}

function readAnswer(reply: Reply, who: string): Pick<Seen, 'seq' | 'id'> {
  succeed(reply, who);
  const { message_seq: seq, message_id: id } = parseJson(reply.text) as {
    message_seq: number;
    message_id: number;
  };
  return { seq, id };
}
