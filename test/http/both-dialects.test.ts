import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.js';
import type { Json, KettleMember, WireRoom } from '../support/kettle-client.js';
import { decodeReply } from '../support/kettle-decoders.js';
import { FAMILIES } from '../support/kettle-client-tables.js';
import { checkHttpProperty } from '../support/kettle-property.js';
import { PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { KETTLE_API_KEY, signKettleToken, startKettle, type KettleServer } from '../support/kettle-server.js';
import { storeKinds, quickSqlKind } from '../support/stores.js';
import { freshList } from '../support/sync-clients.js';
import { group, only, payloadOf, person, textOf, type ChannelName } from '../support/wukong-client.js';

/** The room by which Kettle knows a channel that the other dialect made. */
async function findRoom(member: KettleMember, title: string): Promise<WireRoom> {
  const { chatrooms_data: rooms } = await member.rooms('chatroom_types=[0,7,10]&page_size=500');
  return only(rooms.filter((room) => room.title === title));
}

/** The channel by which WuKongIM knows the one group of a user that is a room of Kettle. */
async function findGroup(server: KettleServer, uid: string): Promise<ChannelName> {
  const { channel_id, channel_type } = only(await server.admin.list(uid));
  return { channel_id, channel_type };
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('KT-16: what is sent by WuKongIM shows in both syncs, and moves both versions', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ kind, clock });
    const [ann, bob] = [await server.login('ann'), await server.login('bob')];
    const { admin } = server;
    await admin.makeGroup(group('team'), ['ann', 'bob']);
    await admin.say('ann', group('team'), 'one');
    clock.move(5500);
    const room = await findRoom(bob, 'team');
    const before = await admin.find('bob', group('team'));
    const since = `min_timestamp=${(await bob.message(room.id, room.last_conversation_id)).last_updated + 1}`;
    expect((await bob.rooms(since)).chatrooms_data).toEqual([]);
    const sent = await admin.say('ann', group('team'), { text: 'two', client_msg_no: 'no-2' });
    const wukong = only(await admin.list('bob', { version: before.version, msg_count: 1 }));
    expect(wukong.messages.map(textOf)).toEqual(['two']);
    const kettle = only((await bob.rooms(since)).chatrooms_data);
    expect([kettle.id, kettle.unseen_count, wukong.unread]).toEqual([room.id, 2, 2]);
    const row = only((await bob.messages(room.id, since)).conversations_data);
    expect(row).toMatchObject({
      id: sent.message_id,
      answer: 'two',
      user_id: ann.id,
      temporary_id: 'no-2',
      state: 0,
    });
    expect(Math.floor(row.created_epoch / 1000)).toBe(only(wukong.messages).timestamp);
    expect(await ann.texts(room.id)).toEqual(['one', 'two']);
  });

  test('KT-16: what is posted by Kettle shows in both syncs, and moves both versions', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ kind, clock });
    const { admin } = server;
    const [ann, bob] = [await server.login('ann'), await server.login('bob')];
    const roomId = await ann.createRoom({ uuids: ['bob'], header: 'the header' });
    const channel = await findGroup(server, 'bob');
    clock.move(5000);
    const before = await admin.find('bob', channel);
    const id = await ann.say(roomId, 'hello ☕', { temporary_id: 'tmp-1' });
    const conversation = only(await admin.list('bob', { version: before.version, msg_count: 5 }));
    expect(conversation).toMatchObject({ unread: 1, last_client_msg_no: 'tmp-1', last_msg_seq: 2 });
    expect(conversation.messages.map(textOf)).toEqual(['hello ☕', 'the header']);
    expect(conversation.messages[0]).toMatchObject({
      message_id: id,
      message_idstr: String(id),
      from_uid: 'ann',
      client_msg_no: 'tmp-1',
      ...channel,
      payload: payloadOf('hello ☕'),
    });
    const poll = await ann.ask(roomId);
    const withPoll = only(await admin.list('bob', { version: conversation.version, msg_count: 1 }));
    expect([withPoll.unread, withPoll.messages[0]?.message_id]).toEqual([2, poll]);
    expect((await bob.room(roomId)).unseen_count).toBe(2);
    const { messages } = await admin.messages('bob', channel);
    expect(messages.map(({ message_id }) => message_id)).toEqual(expect.arrayContaining([id, poll]));
  });

  test('KT-16: edits and deletions show in the other dialect', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ kind, clock });
    const { admin } = server;
    const [ann, bob] = [await server.login('ann'), await server.login('bob')];
    await admin.makeGroup(group('team'), ['ann', 'bob']);
    await admin.say('ann', group('team'), 'befoer');
    await admin.say('ann', group('team'), 'second');
    const { id: roomId } = await findRoom(ann, 'team');
    const [first = 0, second = 0] = (
      await ann.messages(roomId, 'is_local_db=false&order_by=ASC')
    ).conversations_data.map(({ id }) => id);
    let { version } = await admin.find('bob', group('team'));
    for (const [change, unread, texts] of [
      [() => ann.edit(first, 'before'), 2, ['second', 'before']],
      [() => ann.react(second, '👍'), 2, ['second', 'before']],
      [() => ann.remove(first), 1, undefined],
    ] as const) {
      clock.move(1000);
      await change();
      const row = only(await admin.list('bob', { version, msg_count: 2 }));
      expect(row.version).toBeGreaterThan(version);
      expect(row.unread).toBe(unread);
      expect(row.messages.map(textOf)).toEqual(texts ?? row.messages.map(textOf));
      expect((await bob.room(roomId)).unseen_count).toBe(unread);
      version = row.version;
    }
  });

  test('KT-16, KT-7: reading, by whichever dialect, is reading; so is marking as unread', async () => {
    await using server = await startKettle({ kind });
    const { admin } = server;
    const [ann, bob] = [await server.login('ann'), await server.login('bob')];
    await admin.makeGroup(group('team'), ['ann', 'bob']);
    await admin.say('ann', group('team'), 'one');
    const { id: roomId } = await findRoom(bob, 'team');
    const expectUnread = async (unread: number): Promise<void> => {
      expect([
        (await bob.room(roomId)).unseen_count,
        (await admin.find('bob', group('team'))).unread,
      ]).toEqual([unread, unread]);
    };
    await expectUnread(1);
    await bob.markRead(roomId);
    await expectUnread(0);
    await ann.say(roomId, 'two');
    await ann.say(roomId, 'three');
    await expectUnread(2);
    await admin.change('clearUnread', 'bob', { ...group('team'), message_seq: 2 });
    await expectUnread(1);
    await admin.change('setUnread', 'bob', { ...group('team'), unread: 3 });
    await expectUnread(3);
    await bob.say(roomId, 'my own');
    await expectUnread((await admin.find('bob', group('team'))).unread);
    await admin.change('delete', 'bob', group('team'));
    expect(await bob.roomIds()).toEqual([]);
    await ann.say(roomId, 'again');
    await expectUnread(1);
    expect(await bob.texts(roomId)).toEqual(['again']);
  });

  test('KT-13, KT-16: a direct room is the person channel, whoever began it', async () => {
    await using server = await startKettle({ kind });
    const { admin } = server;
    const [ann, bob] = [await server.login('ann'), await server.login('bob')];
    await admin.say('ann', person('bob'), 'by wukong');
    const roomId = await bob.openDirect('ann');
    await bob.say(roomId, 'by kettle');
    expect(await ann.roomIds('chatroom_types=[10]')).toEqual([roomId]);
    expect(await ann.texts(roomId)).toEqual(['by wukong', 'by kettle']);
    const conversation = only(await admin.list('ann', { msg_count: 2 }));
    expect([conversation.channel_id, conversation.channel_type, conversation.unread]).toEqual(['bob', 1, 1]);
    expect(conversation.messages.map(textOf)).toEqual(['by kettle', 'by wukong']);
    const reversed = await ann.openDirect('carl-who-is-new').catch(() => undefined);
    expect(reversed).toBeUndefined();
  });

  test('KT-16: a payload that is no text of chat clients is shown as it is, and decodes', async () => {
    await using server = await startKettle({ kind });
    const { admin } = server;
    const ann = await server.login('ann');
    await admin.makeGroup(group('team'), ['ann']);
    const payloads: readonly (readonly [payload: Buffer, text: string | undefined])[] = [
      [Buffer.from('plain text'), 'plain text'],
      [Buffer.from('{"type":2,"url":"x"}'), '{"type":2,"url":"x"}'],
      [Buffer.from('{"content":5}'), '{"content":5}'],
      [Buffer.from('{"type":1,"content":""}'), ''],
      [Buffer.from([0xff, 0xfe, 0, 1]), undefined],
      [Buffer.from('"text"'), '"text"'],
      [Buffer.from('null'), 'null'],
    ];
    for (const [payload] of payloads)
      await admin.say('bob', group('team'), { text: '', payload: payload.toString('base64') });
    const { id: roomId } = await findRoom(ann, 'team');
    const texts = await ann.texts(roomId);
    expect(texts).toEqual(payloads.map(([, text], index) => text ?? texts[index]));
    const reply = await ann.get('/conversation/sync', `chatroom_id=${roomId}`);
    for (const family of FAMILIES) decodeReply(reply.json, { family, endpoint: 'conversation' });
  });
});

describe('credentials', () => {
  test('AU-3, KT-15: a token of /sdk/initiate speaks for its user in the other dialect; a refresh token does not', async () => {
    await using server = await startKettle({ auth: 'required' });
    const ann = await server.login('ann');
    await server.login('bob');
    const wukong = server.wukong.with({ authorization: `Bearer ${ann.accessToken}` });
    expect((await wukong.send('ann', person('bob'), 'hello')).status).toBe(200);
    expect(await wukong.list('ann')).toHaveLength(1);
    expect((await wukong.sync({ uid: 'bob' })).status).toBe(403);
    expect((await wukong.send('bob', person('ann'), 'as bob')).status).toBe(403);
    const refresh = server.wukong.with({ authorization: `Bearer ${ann.refreshToken}` });
    expect((await refresh.sync({ uid: 'ann' })).status).toBe(401);
    expect((await server.wukong.sync({ uid: 'ann' })).status).toBe(401);
    // The key of a community's clients is not the key of its backend.
    expect((await server.wukong.with({ 'x-api-key': KETTLE_API_KEY }).sync({ uid: 'ann' })).status).toBe(401);
  });

  test('AU-3, KT-15: a user token of a backend is an access token of a user who exists', async () => {
    await using server = await startKettle({ auth: 'required' });
    const ann = await server.login('ann');
    const token = signKettleToken({ sub: 'ann' });
    const member = server.kettle.with({ authorization: `Bearer ${token}` });
    expect((await member.get('/sdk/initiate')).data<{ user: Json }>().user['id']).toBe(ann.id);
    const nobody = server.kettle.with({ authorization: signKettleToken({ sub: 'never-seen' }) });
    expect((await nobody.get('/chatroom/sync')).error).toEqual([401, 'Invalid LTM!']);
    const admin = server.kettle.with({ 'x-api-key': KETTLE_API_KEY });
    expect((await admin.get('/chatroom/sync')).error).toEqual([401, 'Invalid LTM!']);
  });
});

describe('two communities with users, rooms and messages of the same names', () => {
  test('SY-16, AU-7: another community’s key or token gets nothing, in either dialect', async () => {
    await using server = await startKettle({ auth: 'required' });
    const other = await server.addCommunity('other');
    const here = { ann: await server.login('ann'), bob: await server.login('bob') };
    const there = { ann: await server.login('ann', { community: other, name: 'other ann' }) };
    const roomHere = await here.ann.createRoom({ title: 'here-room', uuids: ['bob'], tag: 'tag' });
    const id = await here.ann.say(roomHere, 'here-text');
    await here.ann.say(await here.ann.openDirect('bob'), 'here-direct');
    await server.admin.makeGroup(group('team'), ['ann', 'bob']);
    await server.admin.say('ann', group('team'), 'here-group');

    expect(there.ann.communityId).toBe(other.id);
    const rooms = await there.ann.get('/chatroom/sync', 'chatroom_types=[0,7,10]&page_size=500');
    expect(rooms.data<{ chatrooms_data: unknown[] }>().chatrooms_data).toEqual([]);
    const asked = [
      rooms,
      await there.ann.get('/conversation/sync', `chatroom_id=${roomHere}`),
      await there.ann.post(roomHere, { text: 'intruding' }),
      await there.ann.send('PUT', '/conversation', { body: { conversation_id: id, text: 'intruding' } }),
      await there.ann.send('DELETE', '/conversation', { body: { conversation_ids: [id] } }),
      await there.ann.send('PUT', '/conversation/reaction', { body: { conversation_id: id, reaction: 'x' } }),
      await there.ann.send('PUT', '/chatroom/follow', { body: { chatroom_id: roomHere, value: true } }),
      await there.ann.send('POST', '/chatroom/dm/create', { body: { uuid: 'bob' } }),
    ];
    for (const reply of asked) expect(reply.text).not.toMatch(/here-|ann by name/);
    expect(asked.map(({ status }) => status)).toEqual([200, 403, 403, 404, 404, 404, 403, 404]);
    const wukong = server.wukong.with({ authorization: `Bearer ${there.ann.accessToken}` });
    expect(await wukong.list('ann', { msg_count: 10 })).toEqual([]);
    expect((await wukong.send('ann', group('team'), 'intruding')).status).toBe(403);
    expect((await wukong.send('ann', person('bob'), 'intruding')).status).toBe(200);
    expect(await here.bob.texts(roomHere)).toEqual(['here-text']);
    const team = await findRoom(here.bob, 'team');
    expect(await here.bob.texts(team.id)).toEqual(['here-group']);
    expect(await server.admin.list('ann')).toHaveLength(3);
  });

  test(
    'SY-16 (L9): whatever is written there, here nothing changes but what was written here',
    async () => {
      const write = fc.record({
        who: fc.constantFrom('ann', 'bob'),
        what: fc.constantFrom('post', 'direct', 'group', 'edit', 'remove', 'react', 'read', 'follow'),
      });
      const property = fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 12 }), async (writes) => {
        await using server = await startKettle({ kind: quickSqlKind, auth: 'required' });
        const other = await server.addCommunity('other');
        const ann = await server.login('ann');
        const roomId = await ann.createRoom({ uuids: ['bob'] });
        const id = await ann.say(roomId, 'here');
        await ann.say(roomId, 'unread by bob');
        const bob = await server.login('bob');
        const see = async (): Promise<unknown> => [
          ...(await Promise.all([ann, bob].map(async (one) => (await one.get('/chatroom/sync')).text))),
          (await bob.get('/conversation/sync', `chatroom_id=${roomId}`)).text,
          await freshList(server.admin, 'bob'),
        ];
        const before = await see();
        const there = new Map<string, KettleMember>();
        for (const uid of ['ann', 'bob']) there.set(uid, await server.login(uid, { community: other }));
        for (const { who, what } of writes)
          await act(server, only([there.get(who)].flatMap((one) => one ?? [])), { what, roomId, id });
        expect(await see()).toEqual(before);
      });
      await expect(checkHttpProperty(property, { runs: 30 })).resolves.toBeUndefined();
    },
    PROPERTY_TIMEOUT_MS,
  );
});

/** Something that a member of the other community does, to his own things or with ids of ours. */
async function act(
  server: KettleServer,
  member: KettleMember,
  { what, roomId, id }: { what: string; roomId: number; id: number },
): Promise<void> {
  const wukong = server.wukong.with({ authorization: `Bearer ${member.accessToken}` });
  const send = (method: string, path: string, body: object): Promise<unknown> =>
    member.send(method, path, { body });
  const acts: Readonly<Record<string, () => Promise<unknown>>> = {
    post: () => member.post(roomId, { text: 'there' }),
    direct: async () => member.say(await member.openDirect(member.uid === 'ann' ? 'bob' : 'ann'), 'there'),
    group: () => wukong.send(member.uid, group('team'), 'there'),
    edit: () => send('PUT', '/conversation', { conversation_id: id, text: 'there' }),
    remove: () => send('DELETE', '/conversation', { conversation_ids: [id] }),
    react: () => send('PUT', '/conversation/reaction', { conversation_id: id, reaction: 'x' }),
    read: () => send('POST', '/chatroom/mark_read', { chatroom_id: roomId }),
    follow: () => send('PUT', '/chatroom/follow', { chatroom_id: roomId, value: false }),
  };
  await acts[what]?.();
}
