import { afterEach, expect, test } from 'vitest';
import { startKettle } from '../../support/kettle-server.js';
import { startServer } from '../../support/server.js';
import { group, person, SEND, SYNC } from '../../support/wukong-client.js';

/** What an object would inherit from then on, if one of these keys reached a prototype. */
const GIFT = '{"is_admin":true,"uid":"ann","limit":1,"text":"inherited","msg_count":5,"name":"inherited"}';

/** JSON text, since a JavaScript object cannot be written with these as keys of its own. */
const KEYS = [
  `"__proto__":${GIFT}`,
  `"constructor":{"prototype":${GIFT}}`,
  `"\\u005f_proto__":${GIFT}`,
  '"__proto__":null',
  '"toString":1,"hasOwnProperty":1,"valueOf":null',
];

afterEach(() => {
  const gained: string[] = Object.keys(Object);
  // Other than Object.keys, this sees what is inherited.
  for (const key in {}) gained.push(key);
  if (gained.length > 0) throw new Error(`every object has ${gained.join(', ')} now`);
});

function objectWith(key: string, fields: object): string {
  const own = JSON.stringify(fields).slice(1, -1);
  return `{${[own, key].filter(Boolean).join(',')}}`;
}

test('HD-9: of a body of the WuKongIM dialect, such keys are ignored, at its top and inside', async () => {
  await using server = await startServer();
  const { client } = server;
  await client.say('ann', person('bob'), 'hello');
  const plain = await client.sync({ uid: 'bob' });
  for (const key of KEYS) {
    expect((await client.post(SYNC, objectWith(key, { uid: 'bob' }))).text).toBe(plain.text);
    // A uid that is inherited is none.
    expect((await client.post(SYNC, objectWith(key, {}))).outcome).toBe('400 INVALID_ARGUMENT uid');
    const header = objectWith(key, { red_dot: 1 });
    const message = objectWith(`"header":${header}`, { from_uid: 'ann', ...group('g'), payload: 'aGk=' });
    expect((await client.post(SEND, message)).status).toBe(200);
    const channel = objectWith(key, person('ann'));
    const read = await client.post('/conversation/syncByChannels', `{"uid":"bob","channels":[${channel}]}`);
    expect(read.json).toMatchObject([{ channel_id: 'ann', unread: 1 }]);
  }
});

test('HD-9: what is kept as it came holds such keys as data, and gives nothing on', async () => {
  await using server = await startKettle();
  const ann = await server.login('ann');
  const roomId = await ann.createRoom();
  for (const [index, key] of KEYS.entries()) {
    const attachment = objectWith(`"meta":${objectWith(key, { size: 7 })},${key}`, {
      url: 'u',
      type: 'image',
    });
    const parts = [`"attachments":[${attachment}]`, `"metadata":${objectWith(key, { a: 1 })}`];
    parts.push(`"og_tags":${objectWith(key, { title: 't' })}`, key);
    const body = objectWith(parts.join(','), { chatroom_id: roomId, text: `text ${index}` });
    const reply = await ann.send('POST', '/conversation', { body });
    expect([key, reply.status]).toEqual([key, 200]);
    const page = await ann.messages(roomId, `conversation_id=${reply.data<{ id: number }>().id}`);
    expect(page.conversations_data).toMatchObject([{ answer: `text ${index}`, state: 0 }]);
    expect(Object.values(page.conv_attachments_meta)).toMatchObject([
      [{ url: 'u', type: 'image', name: null, meta: { size: 7 } }],
    ]);
    const [widget] = Object.values(page.widgets);
    expect(widget).toMatchObject({ metadata: { a: 1 } });
  }
  expect(await ann.texts(roomId)).toEqual(KEYS.map((_key, index) => `text ${index}`));
});

test('HD-9: a poll, a room and a user are not made of what is inherited', async () => {
  await using server = await startKettle();
  const ann = await server.login('ann');
  const roomId = await ann.createRoom();
  const key = `"__proto__":${GIFT}`;
  const poll = `"state":10,"poll_type":0,"polls":[${objectWith(key, {})},{"text":"b"}]`;
  const replies = [
    await ann.send('POST', '/conversation', { body: objectWith(key, { chatroom_id: roomId }) }),
    await ann.send('POST', '/conversation', {
      body: objectWith(`${poll},${key}`, { chatroom_id: roomId, text: 'which?' }),
    }),
    await ann.send('POST', '/chatroom', { body: `{"__proto__":{"title":"inherited"}}` }),
    await ann.send('PUT', '/chatroom/mute', {
      body: objectWith('"__proto__":{"value":true}', { chatroom_id: roomId }),
    }),
  ];
  expect(replies.map(({ error: [status] }) => status)).toEqual([400, 400, 400, 400]);
});

test('HD-9: of a query string, such keys are keys like any other that nobody asked for', async () => {
  await using server = await startKettle();
  const ann = await server.login('ann');
  await ann.createRoom();
  const plain = await ann.get('/chatroom/sync');
  const queries = [
    '__proto__=1',
    '__proto__[page]=2',
    '__proto__.page=2',
    'constructor=1&constructor[prototype][page]=2',
    'toString=1&valueOf=2&hasOwnProperty=3',
    '__proto__=1&__proto__=2',
    '%5f%5fproto%5f%5f%5bpage%5d=2',
  ];
  for (const query of queries) {
    const reply = await ann.get('/chatroom/sync', query);
    expect([query, reply.text]).toEqual([query, plain.text]);
    const named = await server.wukong.get(`/channel/max_message_seq?${query}&channel_id=g&channel_type=2`);
    expect([query, named.text]).toEqual([query, '{"message_seq":0}']);
  }
  expect((await ann.get('/chatroom/sync', 'page=1&page=2')).error[0]).toBe(400);
  const twice = await server.wukong.get('/channel/max_message_seq?channel_id=g&channel_id=h&channel_type=2');
  expect(twice.outcome).toBe('400 INVALID_ARGUMENT channel_id');
});

test('HD-9: form fields of such names are fields like any other', async () => {
  await using server = await startKettle();
  const ann = await server.login('ann');
  const roomId = await ann.createRoom();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = `chatroom_id=${roomId}&text=hello&__proto__=1&__proto__[state]=10&constructor=x`;
  expect((await ann.send('POST', '/conversation', { headers, body })).status).toBe(200);
  expect(await ann.texts(roomId)).toEqual(['hello']);
});
