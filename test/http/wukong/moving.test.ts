import { describe, expect, test } from 'vitest';
import { startServer } from '../../support/server.js';
import {
  group,
  payloadOf,
  person,
  SEND,
  type ChannelName,
  type WukongClient,
} from '../../support/wukong-client.js';

interface OldMessage {
  readonly from: string;
  readonly text: string;
}

/** A channel of WuKongIM: its log from the first message, and what its users had when it was stopped. */
interface OldChannel {
  /** Of a group; two persons' channel has none and is named by either for the other. */
  readonly id?: string;
  readonly unread: Readonly<Record<string, number>>;
  readonly log: readonly OldMessage[];
}

const OLD: readonly OldChannel[] = [
  {
    id: 'team',
    unread: { ann: 2, bob: 0, eve: 4 },
    log: ['ann', 'bob', 'eve', 'bob', 'bob', 'bob'].map((from, index) => ({ from, text: `team ${index}` })),
  },
  { id: 'quiet', unread: { ann: 0, eve: 1 }, log: [{ from: 'gone', text: 'bye' }] },
  {
    unread: { ann: 0, bob: 1 },
    log: ['ann', 'bob', 'ann', 'ann'].map((from, index) => ({ from, text: `direct ${index}` })),
  },
];

/** As `uid` names it. */
function nameFor(uid: string, { id, unread }: OldChannel): ChannelName {
  if (id !== undefined) return group(id);
  return person(Object.keys(unread).find((other) => other !== uid) ?? '');
}

/** The steps of docs/migrating.md, in their order. */
async function move(admin: WukongClient, channels: readonly OldChannel[]): Promise<void> {
  for (const channel of channels) {
    const { id, unread, log } = channel;
    if (id !== undefined) (await admin.post('/channel', group(id))).ok();
    for (const [index, { from, text }] of log.entries()) {
      const message = { payload: payloadOf(text), client_msg_no: `${id ?? 'direct'} ${index}` };
      (await admin.post(SEND, { from_uid: from, ...nameFor(from, channel), ...message })).ok();
    }
    const members = Object.keys(unread);
    if (id !== undefined) (await admin.post('/channel', { ...group(id), subscribers: members })).ok();
    for (const [uid, count] of Object.entries(unread)) {
      await admin.change('setUnread', uid, { ...nameFor(uid, channel), unread: count });
    }
  }
}

/** What a client has that followed WuKongIM until it was stopped: the newest second and the newest seqs. */
function oldCursors(uid: string): { version: string; last_msg_seqs: string } {
  const seqs = OLD.filter(({ unread }) => uid in unread).map((channel) => {
    const { channel_id: id, channel_type: type } = nameFor(uid, channel);
    return `${id}:${type}:${channel.log.length}`;
  });
  return { version: `${Math.floor(Date.now() / 1000) - 1}000000000`, last_msg_seqs: seqs.join('|') };
}

describe('moving from WuKongIM', () => {
  test('DV-4, SY-14: the steps of docs/migrating.md keep seqs and unread counts, also when they are done twice', async () => {
    await using server = await startServer();
    const { admin } = server;
    const expectOld = async (): Promise<void> => {
      for (const channel of OLD) {
        for (const [uid, unread] of Object.entries(channel.unread)) {
          const last_msg_seq = channel.log.length;
          expect(await admin.find(uid, nameFor(uid, channel))).toMatchObject({ unread, last_msg_seq });
        }
      }
    };
    await move(admin, OLD);
    await expectOld();
    const before = await admin.sync({ uid: 'ann' });
    await move(admin, OLD);
    await expectOld();
    expect((await admin.sync({ uid: 'ann' })).text).toBe(before.text);
    expect(await admin.list('gone')).toEqual([]);
  });

  test('DV-4, WK-4: a client goes on with the cursors that it has from WuKongIM, and misses nothing', async () => {
    await using server = await startServer();
    const { admin } = server;
    const cursors = oldCursors('ann');
    await move(admin, OLD);
    const first = await admin.sync({ uid: 'ann', ...cursors, msg_count: 10 });
    // Its cursor is older than all that was moved, and its messages are those of the server.
    expect(first.header('x-sync-reset')).toBeNull();
    expect(first.ok()).toMatchObject([
      { channel_id: 'bob', unread: 0, limited: 0, messages: [] },
      { channel_id: 'quiet', unread: 0, limited: 0, messages: [] },
      { channel_id: 'team', unread: 2, limited: 0, messages: [] },
    ]);
    await admin.say('bob', person('ann'), 'new');
    const version = first.header('x-sync-version');
    expect(
      await admin.list('ann', { version, last_msg_seqs: cursors.last_msg_seqs, msg_count: 10 }),
    ).toMatchObject([{ channel_id: 'bob', unread: 1, messages: [{ message_seq: 5 }] }]);
  });
});
