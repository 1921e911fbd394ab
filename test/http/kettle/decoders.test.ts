import { describe, expect, test } from 'vitest';
import type { Json, KettleMember } from '../../support/kettle-client.js';
import { FAMILIES, type Endpoint, type Family } from '../../support/kettle-client-tables.js';
import { DecodeError, decodeReply } from '../../support/kettle-decoders.js';
import { startKettle } from '../../support/kettle-server.js';
import { buildWorld } from '../../support/kettle-world.js';
import { storeKinds } from '../../support/stores.js';

const MAX = 9_007_199_254_740_991;

/** How each family asks for rooms, group rooms and direct ones, and for messages. */
const REQUESTS: Readonly<Record<Family, { platform: string; rooms: string[]; messages: string[] }>> = {
  A: {
    platform: 'an',
    rooms: ['chatroom_types=%5B0%2C%207%5D&page_size=50&min_timestamp=0', 'chatroom_types=[10]&page_size=50'],
    messages: ['page_size=500&min_timestamp=0', 'page_size=500&min_timestamp=1'],
  },
  F: {
    platform: 'fl',
    rooms: [
      'chatroom_types=[0,7]&page_size=50&is_local_db=false&tag',
      'chatroom_types=10&page_size=50&is_local_db=false',
    ],
    messages: ['page_size=50&is_local_db=false&order_by&conversation_id&excluded_conversation_states=null'],
  },
  I: {
    platform: 'ios',
    rooms: ['chatroom_types=[0,7]&page_size=500&is_local_db=true', 'chatroom_types=[10]&is_local_db=true'],
    messages: ['page_size=100&is_local_db=true'],
  },
  J: {
    platform: 'rt',
    rooms: ['chatroom_types=0,7&page_size=10', 'chatroom_types=[10]&page_size=50'],
    messages: [
      `page_size=50&is_local_db=false&max_timestamp=${MAX}&excluded_conversation_states=[2,3]`,
      'page_size=50&is_local_db=undefined&conversation_id=undefined',
    ],
  },
};

interface Answer {
  readonly endpoint: Endpoint;
  readonly reply: Json;
  readonly rows: number;
}

async function ask(member: KettleMember, endpoint: Endpoint, query: string): Promise<Answer> {
  const reply = await member.get(`/${endpoint}/sync`, query);
  const data = reply.data<Json>();
  const rows = data[endpoint === 'chatroom' ? 'chatrooms_data' : 'conversations_data'];
  return { endpoint, reply: reply.json, rows: (rows as unknown[]).length };
}

/** Every page that a member gets by the requests of one family, until an empty one, which is among them. */
async function readAll(member: KettleMember, family: Family): Promise<Answer[]> {
  const { platform, rooms, messages } = REQUESTS[family];
  const client = Object.assign(Object.create(member) as KettleMember, {
    headers: { ...member.headers, 'x-platform-code': platform },
  });
  const answers: Answer[] = [];
  const turn = async (endpoint: Endpoint, query: string): Promise<void> => {
    for (let page = 1; ; page += 1) {
      const answer = await ask(client, endpoint, `${query}&page=${page}`);
      answers.push(answer);
      if (answer.rows === 0) return;
    }
  };
  for (const query of rooms) await turn('chatroom', query);
  const ids = answers.flatMap(({ reply }) => {
    return ((reply['data'] as Json)['chatrooms_data'] as { id: number }[]).map(({ id }) => id);
  });
  for (const id of ids)
    for (const query of messages) await turn('conversation', `chatroom_id=${id}&${query}`);
  return answers;
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('KT-6, KT-34: every family of shipped clients decodes every page, whole', async () => {
    await using server = await startKettle({ kind });
    const world = await buildWorld(server);
    for (const member of [world.ann, world.bob, world.cid]) {
      for (const family of FAMILIES) {
        const answers = await readAll(member, family);
        const count = (endpoint: Endpoint): number =>
          answers.filter((answer) => answer.endpoint === endpoint).reduce((sum, { rows }) => sum + rows, 0);
        expect(count('chatroom')).toBeGreaterThanOrEqual(member === world.ann ? 8 : 3);
        expect(count('conversation')).toBeGreaterThan(20);
        for (const { endpoint, reply } of answers) decodeReply(reply, { family, endpoint });
      }
    }
  });

  test('KT-6, KT-34: the data set has everything that a decoder could fail on', async () => {
    await using server = await startKettle({ kind });
    const { ann, rooms } = await buildWorld(server);
    const page = await ann.messages(rooms.normal, 'page_size=500');
    const rows = page.conversations_data;
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set([0, 1, 10]));
    for (const field of ['reply_id', 'reply_chatroom_id', 'deleted_by_user_id', 'og_tags', 'widget_id']) {
      expect(rows.some((row) => Boolean(row[field]))).toBe(true);
    }
    for (const meta of ['conv_polls_meta', 'conv_reactions_meta', 'conv_attachments_meta', 'widgets']) {
      expect(Object.keys(page[meta] as Json)).not.toEqual([]);
    }
    expect(page.chatroom_reactions_meta[rooms.normal]).toHaveLength(1);
    expect(rows.filter((row) => row['is_edited'] === true)).toHaveLength(1);
    const percentages = Object.values(page.conv_polls_meta).flat();
    expect(percentages.some(({ percentage }) => percentage === 33)).toBe(true);
    expect(percentages.some(({ percentage }) => percentage === null)).toBe(true);
    const { chatrooms_data: all } = await ann.rooms('chatroom_types=[0,7,10]');
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set([0, 7, 10]));
    const titles = all.map(({ title }) => title);
    expect(titles).toEqual(
      expect.arrayContaining(['ns:group|1', 'a-group-of-one', 'stranger', 'ann by name']),
    );
  });

  test('KT-6, KT-34: past the end, all metas are there as objects', async () => {
    await using server = await startKettle({ kind });
    const { ann, rooms } = await buildWorld(server);
    for (const data of [
      await ann.rooms('page=99'),
      await ann.messages(rooms.normal, 'page=99'),
      await (await server.login('newcomer')).rooms(),
    ]) {
      const { chatrooms_data = [], conversations_data = [], ...metas } = data as Json;
      expect([chatrooms_data, conversations_data]).toEqual([[], []]);
      const maps = Object.values(metas);
      expect(maps.length).toBeGreaterThanOrEqual(9);
      for (const meta of maps) expect([typeof meta, Array.isArray(meta)]).toEqual(['object', false]);
    }
  });
});

test('KT-6, KT-34: logging in answers what every family needs to begin with', async () => {
  await using server = await startKettle();
  const { ann } = await buildWorld(server);
  const data = (await ann.get('/sdk/initiate')).data<Json>();
  // As pages whose rows are what the session names.
  const { user, community, app_access: access, community_settings: settings } = data;
  expect([access, Array.isArray(settings)]).toEqual([true, true]);
  const page = await ann.messages(await ann.createRoom());
  for (const family of FAMILIES) {
    const reply = {
      success: true,
      data: { ...page, user_meta: { [ann.id]: user }, community_meta: { 1: community } },
    };
    decodeReply(reply, { family, endpoint: 'conversation' });
  }
});

/** A change to a good reply, after which some families crash or lose rows, and others do not notice. */
type Break = readonly [what: string, endpoint: Endpoint, families: string, change: (data: Draft) => void];

// A reply that is being broken.
interface Draft {
  [key: string]: Draft;
}

const row = (data: Draft, key: string, has: (row: Draft) => boolean = () => true): Draft => {
  const found = Object.values(data[key] ?? {}).find(has);
  if (!found) throw new Error(`no such row in ${key}`);
  return found;
};
const set = (target: Draft | undefined, key: string, value: unknown): void => {
  if (!target) throw new Error(`nothing to set ${key} in`);
  Object.assign(target, { [key]: value });
};
const rooms = (data: Draft): Draft => row(data, 'chatrooms_data');
const rows = (data: Draft): Draft => row(data, 'conversations_data');
const meta = (data: Draft, name: string): Draft => row(data, name);
const listed = (data: Draft, name: string): Draft =>
  row(data[name] ?? {}, Object.keys(data[name] ?? {})[0] ?? '');
const drop = (target: Draft | undefined, key: string): void => void delete target?.[key];

const BREAKS: readonly Break[] = [
  ['no rows', 'chatroom', 'AFIJ', (d) => drop(d, 'chatrooms_data')],
  ['no messages', 'conversation', 'AFIJ', (d) => drop(d, 'conversations_data')],
  ['no header', 'chatroom', 'FJ', (d) => set(rooms(d), 'header', null)],
  ['a flag as 0', 'chatroom', 'AFI', (d) => set(rooms(d), 'mute_status', 0)],
  ['access as 1', 'chatroom', 'F', (d) => set(rooms(d), 'access', 1)],
  ['access as true', 'chatroom', 'AI', (d) => set(rooms(d), 'access', true)],
  ['an id as text', 'chatroom', 'FI', (d) => set(rooms(d), 'id', '5')],
  ['participants as text', 'chatroom', 'AFI', (d) => set(rooms(d), 'secret_chatroom_participants', '[1]')],
  ['updated_at in ms', 'chatroom', 'AFI', (d) => set(rooms(d), 'updated_at', 1_795_297_822_487)],
  ['a creator who is not in user_meta', 'chatroom', 'AFIJ', (d) => set(rooms(d), 'user_id', 99_999)],
  [
    'a last message that is not in conversation_meta',
    'chatroom',
    'AFIJ',
    (d) => set(rooms(d), 'last_conversation_id', 99_999),
  ],
  [
    'an author of the last message who is not in user_meta',
    'chatroom',
    'AFIJ',
    (d) =>
      set(
        Object.values(d['conversation_meta'] ?? {}).find((r) => r['id'] === rooms(d)['last_conversation_id']),
        'user_id',
        99_999,
      ),
  ],
  [
    'a topic that is not in conversation_meta',
    'chatroom',
    'AFI',
    (d) =>
      set(
        row(d, 'chatrooms_data', (r) => r['topic_id'] !== null),
        'topic_id',
        99_999,
      ),
  ],
  ['no community_meta', 'chatroom', 'AI', (d) => drop(d, 'community_meta')],
  ['no user_meta', 'chatroom', 'AFIJ', (d) => drop(d, 'user_meta')],
  ['no widgets', 'conversation', 'AFIJ', (d) => drop(d, 'widgets')],
  ['no chatroom_meta', 'conversation', 'AI', (d) => drop(d, 'chatroom_meta')],
  ['an empty meta as a list', 'chatroom', 'AFI', (d) => set(d, 'card_attachments_meta', [])],
  ['a uuid as key', 'conversation', 'AFI', (d) => set(d['user_meta'], 'ann', meta(d, 'user_meta'))],
  ['no text', 'conversation', 'AFI', (d) => drop(rows(d), 'answer')],
  ['no state', 'conversation', 'IJ', (d) => set(rows(d), 'state', null)],
  ['created_at as a number', 'conversation', 'AFI', (d) => set(rows(d), 'created_at', 1_795_297_822_487)],
  ['last_updated in seconds', 'conversation', 'AFI', (d) => set(rows(d), 'last_updated', 1_795_297_822)],
  ['temporary_id as a number', 'conversation', 'FI', (d) => set(rows(d), 'temporary_id', 5)],
  ['og_tags as JSON text', 'conversation', 'AFI', (d) => set(rows(d), 'og_tags', '{"title":"T"}')],
  ['an author who is not in user_meta', 'conversation', 'AFIJ', (d) => set(rows(d), 'user_id', 99_999)],
  ['no room id', 'conversation', 'AI', (d) => drop(rows(d), 'card_id')],
  [
    'a reply to what is not in conversation_meta',
    'conversation',
    'AFIJ',
    (d) => set(rows(d), 'reply_id', 99_999),
  ],
  [
    'attachments that are not in conv_attachments_meta',
    'conversation',
    'AFIJ',
    (d) => drop(d, 'conv_attachments_meta'),
  ],
  ['polls that are not in conv_polls_meta', 'conversation', 'AFIJ', (d) => drop(d, 'conv_polls_meta')],
  [
    'a percentage of 33.3',
    'conversation',
    'AFI',
    (d) => set(listed(d, 'conv_polls_meta'), 'percentage', 33.3),
  ],
  ['an option of nobody', 'conversation', 'AJ', (d) => drop(listed(d, 'conv_polls_meta'), 'user_id')],
  [
    'a reaction without its room',
    'conversation',
    'F',
    (d) => drop(listed(d, 'conv_reactions_meta'), 'chatroom_id'),
  ],
  [
    'meta of an attachment as a list',
    'conversation',
    'AFI',
    (d) => set(listed(d, 'conv_attachments_meta'), 'meta', []),
  ],
  [
    'a duration of 1.5',
    'conversation',
    'AFI',
    (d) => set(listed(d, 'conv_attachments_meta'), 'meta', { duration: 1.5 }),
  ],
  [
    'an attachment without an address',
    'conversation',
    'A',
    (d) => set(listed(d, 'conv_attachments_meta'), 'file_url', null),
  ],
  ['the role admin', 'conversation', 'I', (d) => set(meta(d, 'user_meta'), 'roles', ['admin'])],
  ['no role', 'conversation', 'AFI', (d) => set(meta(d, 'user_meta'), 'roles', [null])],
  [
    'no uuid of the client',
    'conversation',
    'AJ',
    (d) => drop(meta(d, 'user_meta')['sdk_client_info'], 'uuid'),
  ],
  [
    'the user of the client as text',
    'conversation',
    'FI',
    (d) => set(meta(d, 'user_meta')['sdk_client_info'], 'user', '7'),
  ],
  ['a community id as text', 'conversation', 'FI', (d) => set(meta(d, 'community_meta'), 'id', '1')],
  ['a widget without its time', 'conversation', 'A', (d) => drop(meta(d, 'widgets'), 'updated_at')],
];

test('KT-6, KT-34: each decoder fails on what its clients fail on, and on nothing else', async () => {
  await using server = await startKettle();
  const world = await buildWorld(server);
  const { ann } = world;
  const good: Readonly<Record<Endpoint, Json>> = {
    chatroom: (await ask(ann, 'chatroom', 'chatroom_types=[0,7,10]')).reply,
    conversation: (await ask(ann, 'conversation', `chatroom_id=${world.rooms.normal}&page_size=500`)).reply,
  };
  for (const [what, endpoint, families, change] of BREAKS) {
    const broken = structuredClone(good[endpoint]);
    change(broken['data'] as Draft);
    const failing = FAMILIES.filter((family) => {
      try {
        decodeReply(broken, { family, endpoint });
        return false;
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        return true;
      }
    });
    expect([what, failing.join('')]).toEqual([what, families]);
  }
});
