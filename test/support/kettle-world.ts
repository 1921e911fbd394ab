import type { KettleMember, Posted } from './kettle-client.js';
import type { KettleServer } from './kettle-server.js';
import { group, person } from './wukong-client.js';

/** A community with everything that the two sync endpoints can show, written through both dialects. */
export interface KettleWorld {
  /** A manager. */
  readonly ann: KettleMember;
  readonly bob: KettleMember;
  /** A guest with an odd uid. */
  readonly cid: KettleMember;
  /** Every room that ann is in. */
  readonly rooms: Readonly<Record<'normal' | 'news' | 'secret' | 'quiet' | 'direct' | 'empty', number>>;
}

const IMAGE = {
  url: 'https://example.org/a.png',
  type: 'image',
  index: 0,
  name: 'a.png',
  width: 640,
  height: 480,
  thumbnail_url: 'https://example.org/a-small.png',
  meta: { size: 12_345 },
};

/** As phones send them: fractions, texts for numbers, lists for objects. */
const ODD_ATTACHMENTS = [
  { url: 'https://example.org/v.mp4', type: 'video', width: '640', height: 480.6, meta: { duration: 1.5 } },
  { url: 'https://example.org/n.aac', type: 'voice_note', meta: { duration: '12', size: 99.9 } },
  { url: 'https://example.org/d.pdf', type: 'pdf', meta: { number_of_page: 3 }, name: null },
  { url: 'https://example.org/x', type: 'document', meta: [], index: 'first', width: 1e300 },
  { url: 'https://example.org/y', type: 'link', meta: '{"size":1}', thumbnail_url: 5 },
];

export async function buildWorld(server: KettleServer): Promise<KettleWorld> {
  const ann = await server.login('ann', { isManager: true, imageUrl: 'https://example.org/ann.png' });
  const bob = await server.login('bob', { name: 'Böb “the” Builder' });
  const cid = await server.login('auth0|5f7c:9', { name: '', isGuest: true });
  const uuids = [bob.uid, cid.uid];
  const normal = await ann.createRoom({ title: 'All kinds', header: 'Of everything', uuids, tag: 'tagged' });
  const news = await ann.createRoom({ title: 'News', type: 7, uuids });
  const secret = await ann.createRoom({ title: 'Secret', is_secret: true, uuids });
  const quiet = await ann.createRoom({ title: 'Quiet', uuids, chatroom_image_url: 'https://example.org/q' });
  const direct = await ann.openDirect(bob.uid);
  const empty = await ann.openDirect(cid.uid);
  const rooms = { normal, news, secret, quiet, direct, empty };
  await tellMessages({ ann, bob, cid, rooms });
  await tellPolls({ ann, bob, cid, rooms });
  await tellRoomStates({ ann, bob, cid, rooms });
  await tellOtherDialect(server);
  return { ann, bob, cid, rooms };
}

async function tellMessages({ ann, bob, cid, rooms: { normal, news, direct } }: KettleWorld): Promise<void> {
  const first = await bob.say(normal, 'hello', { temporary_id: '-1' });
  const reply = await cid.say(normal, 'a reply', { replied_conversation_id: first, has_files: false });
  await ann.say(normal, 'a reply to a reply', { replied_conversation_id: String(reply) });
  await ann.say(normal, 'a reply to the room', { replied_chatroom_id: normal });
  await bob.say(normal, 'look', { attachments: [IMAGE, ...ODD_ATTACHMENTS], has_files: true });
  await bob.say(normal, '', { attachments: [IMAGE] });
  const tags = { title: 'T', image: null, description: 'D', url: 'https://example.org' };
  await cid.say(normal, 'https://example.org', { share_link: 'https://example.org', og_tags: tags });
  await cid.say(normal, 'odd tags', { og_tags: { title: 5, url: ['x'] } });
  const odd = await ann.say(normal, 'with a widget', { metadata: { size: 1.5, deep: { list: [null] } } });
  await bob.react(odd, '🎉');
  await bob.react(first, '👍');
  await cid.react(first, '❤️');
  await bob.edit(first, 'hello, edited');
  const gone = await bob.say(normal, 'soon gone');
  await cid.say(normal, 'a reply to what is gone', { replied_conversation_id: gone });
  await ann.react(gone, '👎');
  await ann.remove(gone);
  await bob.remove(await bob.say(normal, 'gone by its author', { attachments: [IMAGE] }));
  await ann.say(news, 'an announcement');
  await bob.say(direct, 'psst');
  await ann.react(await ann.say(direct, 'what?'), '🤫');
}

async function tellPolls({ ann, bob, cid, rooms: { normal } }: KettleWorld): Promise<void> {
  const inAnHour = Date.now() + 3_600_000;
  for (const poll_type of [0, 1, 2]) {
    await ann.ask(normal, { poll_type, expiry_time: inAnHour });
    const voted = await ann.ask(normal, { poll_type, is_anonymous: poll_type === 1, temporary_id: 12_345 });
    for (const [member, option] of [
      [ann, 'a'],
      [bob, 'a'],
      [cid, 'b'],
    ] as const) {
      (await member.vote(normal, voted, option)).done();
    }
  }
  const open = await bob.ask(normal, {
    allow_add_option: true,
    multiple_select_state: 1,
    multiple_select_no: 2,
  });
  const body = { conversation_id: open, poll: { text: 'd' } };
  (await cid.send('POST', '/conversation/poll', { body })).data();
  (await cid.vote(normal, open, 'd', 'a')).done();
  const ended = await bob.post(normal, {
    text: 'over',
    state: 10,
    polls: [{ text: 'x' }],
    poll_type: 1,
    expiry_time: Date.now() - 1000,
  });
  ended.data<Posted>();
}

async function tellRoomStates({ ann, bob, cid, rooms }: KettleWorld): Promise<void> {
  const { normal, quiet, secret } = rooms;
  const pinned = await bob.say(secret, 'pin me');
  await ann.change('PUT', '/conversation/topic', { chatroom_id: secret, conversation_id: pinned });
  await ann.change('PUT', '/chatroom/mute', { chatroom_id: quiet, value: true });
  await cid.change('PUT', '/conversation/reaction', { chatroom_id: normal, reaction: '🙂' });
  await bob.markRead(normal);
  await ann.markRead(secret);
}

const BINARY = Buffer.from([0, 255, 1, 254, 128, 10]).toString('base64');

/** Groups and direct messages that only WuKongIM's clients have touched. */
async function tellOtherDialect({ admin }: KettleServer): Promise<void> {
  await admin.makeGroup(group('ns:group|1'), ['ann', 'bob', 'stranger']);
  await admin.say('stranger', group('ns:group|1'), 'from the other side');
  await admin.say('bob', group('ns:group|1'), { text: '', payload: BINARY });
  await admin.say('', group('ns:group|1'), 'by the system');
  await admin.say('stranger', person('ann'), { text: 'hi ann', header: { red_dot: 0 } });
  await admin.say('stranger', person('ann'), { text: '', payload: BINARY });
  await admin.say('ann', group('a-group-of-one'), 'alone');
  await admin.say('', person('ann'), 'by the system, to one');
  await admin.say('ann', person('ann'), 'to myself');
}
