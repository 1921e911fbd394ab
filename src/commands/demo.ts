import type { Config } from '../config/settings.js';
import { GROUP_CHANNEL } from '../domain/channel.js';
import { StartupError } from '../domain/startup-error.js';
import { markRead } from '../engine/change-read-state.js';
import { createEngine, type Engine } from '../engine/engine.js';
import { addSubscribers } from '../engine/manage-channel.js';
import { sendMessage } from '../engine/send-message.js';
import { syncMessages } from '../engine/sync-messages.js';
import { MEMORY_DB } from '../ports/database-name.js';
import { openStore } from '../storage/open-store.js';
import { LocalChangeBus, systemClock, systemIds, systemTimer } from '../system.js';
import { DEMO_POSTS, hasDemoRooms, tellRooms } from './demo-rooms.js';
import { DEMO_GROUPS, DEMO_STORY, type Line } from './demo-story.js';

const COMMUNITY_ID = 1;
const MINUTE_MS = 60_000;
/** After the end of the story. */
const ROOMS_MINUTES_AGO = 5;

export interface DemoResult {
  /** False when the demo was there already; then nothing was written. */
  readonly isNew: boolean;
  readonly messages: number;
  readonly users: number;
}

/** Loads the demo into a database. Its messages bear the times of the last two days. */
export async function demo({ db }: Pick<Config, 'db'>): Promise<DemoResult> {
  if (db === MEMORY_DB) {
    throw new StartupError(
      `${MEMORY_DB} would not keep the demo: name a database file with --db (TIDEMARK_DB)`,
    );
  }
  const startMs = systemClock.nowMs();
  let toldMs = startMs;
  const clock = { nowMs: () => toldMs };
  const store = await openStore({ db, clock, changes: new LocalChangeBus() });
  try {
    const waiterLimits = { maxWaiters: 0, maxWaitersPerUser: 0 };
    const engine = createEngine({ store, clock, ids: systemIds, timer: systemTimer, waiterLimits });
    return await loadDemo(engine, (minutesAgo) => {
      toldMs = startMs - minutesAgo * MINUTE_MS;
    });
  } finally {
    await store.close();
  }
}

/**
 * Tells the demo's story through the use cases, and opens its rooms, unless they are there already. A story that
 * was broken off is told to its end by the next run: messages that exist are not sent twice, since each
 * has a fixed client_msg_no.
 *
 * @param tellTime called before each line with its age, for stores whose clock can be set
 */
export async function loadDemo(
  engine: Engine,
  tellTime: (minutesAgo: number) => void = () => undefined,
): Promise<DemoResult> {
  const texts = DEMO_STORY.filter((line) => line.text !== undefined);
  const users = new Set(DEMO_GROUPS.flatMap(({ uids }) => uids)).size;
  const result = { messages: texts.length + DEMO_POSTS, users };
  const isStoryTold = await isLoaded(engine);
  const areRoomsOpen = await hasDemoRooms(engine);
  if (!isStoryTold) await tellStory(engine, tellTime);
  if (!areRoomsOpen) {
    tellTime(ROOMS_MINUTES_AGO);
    await tellRooms(engine);
  }
  return { isNew: !isStoryTold || !areRoomsOpen, ...result };
}

async function isLoaded(engine: Engine): Promise<boolean> {
  const last = DEMO_STORY.length - 1;
  const line = DEMO_STORY[last];
  if (line === undefined) return true;
  const place = { communityId: COMMUNITY_ID, uid: line.uid, ...line.place };
  const open = { startSeq: 0, endSeq: 0, direction: 'older', limit: 1000 } as const;
  const { messages } = await syncMessages(engine, { ...place, ...open });
  const sent = JSON.parse(messages) as readonly { readonly client_msg_no: string }[];
  return sent.some((message) => message.client_msg_no === clientMsgNoOf(last));
}

async function tellStory(engine: Engine, tellTime: (minutesAgo: number) => void): Promise<void> {
  tellTime(DEMO_STORY[0]?.minutesAgo ?? 0);
  for (const { place, uids } of DEMO_GROUPS) {
    await addSubscribers(engine, { communityId: COMMUNITY_ID, ...place, uids, reset: false });
  }
  /** What has been said so far: reading goes up to there, even when a broken off story is told again. */
  const saidSeqs = new Map<string, number>();
  for (const [index, line] of DEMO_STORY.entries()) {
    tellTime(line.minutesAgo);
    const saidSeq = saidSeqs.get(placeKey(line)) ?? 0;
    // One line after the other, as the story goes.
    saidSeqs.set(placeKey(line), await tell(engine, line, { index, saidSeq }));
  }
}

interface Progress {
  readonly index: number;
  /** Of the newest message in the line's place. */
  readonly saidSeq: number;
}

async function tell(engine: Engine, line: Line, { index, saidSeq }: Progress): Promise<number> {
  const { uid, place, text } = line;
  if (text !== undefined) return say(engine, line, index);
  await markRead(engine, { communityId: COMMUNITY_ID, uid, ...place, seq: saidSeq });
  return saidSeq;
}

async function say(engine: Engine, { uid, place, text }: Line, index: number): Promise<number> {
  const { seq } = await sendMessage(engine, {
    communityId: COMMUNITY_ID,
    fromUid: uid,
    ...place,
    clientMsgNo: clientMsgNoOf(index),
    payload: Buffer.from(JSON.stringify({ type: 1, content: text })),
    redDot: true,
    setting: 0,
    expireSeconds: 0,
    isStored: true,
    asMember: false,
  });
  return seq;
}

function clientMsgNoOf(index: number): string {
  return `demo-${String(index + 1).padStart(2, '0')}`;
}

/** The same for both sides of a chat between two. */
function placeKey({ uid, place: { channelId, channelType } }: Line): string {
  return channelType === GROUP_CHANNEL ? channelId : [uid, channelId].toSorted().join('\n');
}
