import { describe, expect, test } from 'vitest';
import type { KettleMember, KettleReply, WireRoom } from '../../support/kettle-client.js';
import { startKettle, type KettleServer } from '../../support/kettle-server.js';

interface Scene {
  /** Made the rooms; no manager. */
  readonly ann: KettleMember;
  /** A member. */
  readonly bob: KettleMember;
  /** A manager of the community, and member. */
  readonly max: KettleMember;
  /** Nobody's member. */
  readonly eve: KettleMember;
  readonly open: number;
  readonly secret: number;
  readonly news: number;
  readonly direct: number;
}

async function setScene(server: KettleServer): Promise<Scene> {
  const ann = await server.login('ann');
  const bob = await server.login('bob');
  const max = await server.login('max', { isManager: true });
  const eve = await server.login('eve');
  const uuids = ['bob', 'max'];
  return {
    ann,
    bob,
    max,
    eve,
    open: await ann.createRoom({ title: 'Open', uuids }),
    secret: await ann.createRoom({ title: 'Secret', is_secret: true, uuids }),
    news: await max.createRoom({ title: 'News', type: 7, uuids: ['ann', 'bob'] }),
    direct: await ann.openDirect('bob'),
  };
}

/** Everything that someone can try in a room, and with a message of somebody else's in it. */
function attempts(member: KettleMember, roomId: number, id: number): Promise<KettleReply>[] {
  const send = (method: string, path: string, body: object): Promise<KettleReply> =>
    member.send(method, path, { body });
  return [
    member.get('/conversation/sync', `chatroom_id=${roomId}`),
    member.get('/conversation/sync', `chatroom_id=${roomId}&is_local_db=false&conversation_id=${id}`),
    member.get('/conversation/poll/users', `conversation_id=${id}&poll_id=1`),
    member.post(roomId, { text: 'let me in' }),
    send('PUT', '/conversation', { conversation_id: id, text: 'mine now' }),
    send('DELETE', '/conversation', { conversation_ids: [id] }),
    send('PUT', '/conversation/reaction', { conversation_id: id, reaction: 'x' }),
    send('DELETE', '/conversation/reaction', { conversation_id: id }),
    send('PUT', '/conversation/reaction', { chatroom_id: roomId, reaction: 'x' }),
    send('POST', '/conversation/poll', { conversation_id: id, poll: { text: 'd' } }),
    send('POST', '/conversation/poll/submit', { conversation_id: id, polls: [{ id: 1 }] }),
    send('PUT', '/conversation/topic', { chatroom_id: roomId, conversation_id: id }),
    send('PUT', '/chatroom', { chatroom_id: roomId, title: 'Mine' }),
    send('POST', '/chatroom/mark_read', { chatroom_id: roomId }),
    send('PUT', '/chatroom/mute', { chatroom_id: roomId, value: true }),
    send('PUT', '/chatroom/seen', { collabcard_id: roomId }),
    send('PUT', '/chatroom/follow', { chatroom_id: roomId, value: false }),
  ];
}

describe('who is not a member', () => {
  test('KT-8, SY-16: can do nothing in a room, and changes nothing by trying', async () => {
    await using server = await startKettle();
    const scene = await setScene(server);
    const { ann, eve } = scene;
    for (const roomId of [scene.open, scene.secret, scene.direct]) {
      const id = await ann.ask(roomId);
      const state = async (): Promise<string> =>
        (await ann.get('/conversation/sync', `chatroom_id=${roomId}`)).text;
      const before = await state();
      for (const reply of await Promise.all(attempts(eve, roomId, id))) {
        expect([403, 404]).toContain(reply.error[0]);
        expect(reply.text).not.toMatch(/Secret|which\?|ann by name/);
      }
      expect(await state()).toBe(before);
    }
    expect(await eve.roomIds('chatroom_types=[0,7,10]')).toEqual([]);
  });

  test('KT-33, SY-16: does not learn by asking which rooms there are', async () => {
    await using server = await startKettle();
    const { eve, ann, secret } = await setScene(server);
    const id = await ann.say(secret, 'hidden');
    const ask = (roomId: number, messageId: number): Promise<(readonly [number, string])[]> =>
      Promise.all(attempts(eve, roomId, messageId)).then((replies) =>
        replies.map(({ error: [status, text] }) => [status, text.replaceAll(/\d+/g, 'n')]),
      );
    expect(await ask(secret, id)).toEqual(await ask(987_654, 876_543));
  });

  test('KT-12: follows an open room and is in it from then on, read so far; a secret or direct one he does not join', async () => {
    await using server = await startKettle();
    const { eve, ann, open, secret, direct, news } = await setScene(server);
    await ann.say(open, 'before');
    for (const roomId of [secret, direct, 987_654]) {
      const reply = await eve.send('PUT', '/chatroom/follow', { body: { chatroom_id: roomId, value: true } });
      expect(reply.error[0]).toBe(403);
    }
    for (const roomId of [open, news])
      await eve.change('PUT', '/chatroom/follow', { collabcard_id: roomId, value: true });
    expect(new Set(await eve.roomIds())).toEqual(new Set([open, news]));
    expect((await eve.room(open)).unseen_count).toBe(0);
    await ann.say(open, 'after');
    expect((await eve.room(open)).unseen_count).toBe(1);
    await eve.say(open, 'hello');
    expect(await ann.texts(open)).toEqual(['before', 'after', 'hello']);
  });
});

describe('a member', () => {
  test('KT-9: edits only what he wrote, and deletes only that; a manager deletes anything and edits nothing', async () => {
    await using server = await startKettle();
    const { ann, bob, max, open } = await setScene(server);
    const id = await bob.say(open, 'by bob');
    const edit = (member: KettleMember): Promise<KettleReply> =>
      member.send('PUT', '/conversation', { body: { conversation_id: id, text: 'by another' } });
    const remove = (member: KettleMember): Promise<KettleReply> =>
      member.send('DELETE', '/conversation', { body: { conversation_ids: [id] } });
    for (const member of [ann, max]) expect((await edit(member)).error[0]).toBe(403);
    // Who made the room is not the manager of the community.
    expect((await remove(ann)).error[0]).toBe(403);
    expect((await bob.message(open, id)).answer).toBe('by bob');
    expect((await remove(max)).status).toBe(200);
    expect(await bob.message(open, id)).toMatchObject({ deleted_by_user_id: max.id });
  });

  test('KT-9: of several messages to delete, all or none', async () => {
    await using server = await startKettle();
    const { ann, bob, open } = await setScene(server);
    const ids = [await bob.say(open, 'his'), await ann.say(open, 'hers')];
    const reply = await bob.send('DELETE', '/conversation', { body: { conversation_ids: ids } });
    expect(reply.error[0]).toBe(403);
    for (const id of ids) expect(await bob.message(open, id)).toMatchObject({ deleted_by_user_id: null });
    const unknown = await bob.send('DELETE', '/conversation', {
      body: { conversation_ids: [ids[0], 987_654] },
    });
    expect(unknown.error[0]).toBe(404);
    expect(await bob.message(open, ids[0] ?? 0)).toMatchObject({ deleted_by_user_id: null });
  });

  test('KT-8: writes nothing in an announcement room, but reads, reacts and votes', async () => {
    await using server = await startKettle();
    const { ann, bob, max, news } = await setScene(server);
    for (const body of [{ text: 'me too' }, { text: 'poll', state: 10, polls: [{ text: 'a' }] }]) {
      expect((await bob.post(news, body)).error[0]).toBe(403);
    }
    const id = await max.say(news, 'hear, hear');
    const poll = await max.ask(news);
    await bob.react(id, '👍');
    (await bob.vote(news, poll, 'a')).done();
    await ann.markRead(news);
    expect(await ann.texts(news)).toEqual(['hear, hear', 'which?']);
  });

  test('KT-8: only a manager makes an announcement room', async () => {
    await using server = await startKettle();
    const { ann, max } = await setScene(server);
    const make = (member: KettleMember): Promise<KettleReply> =>
      member.send('POST', '/chatroom', { body: { title: 'News', type: 7 } });
    expect((await make(ann)).error[0]).toBe(403);
    expect((await make(max)).status).toBe(200);
  });

  test('KT-12: PUT /chatroom is for who made it, or a manager', async () => {
    await using server = await startKettle();
    const { ann, bob, max, open } = await setScene(server);
    const rename = (member: KettleMember, title: string): Promise<KettleReply> =>
      member.send('PUT', '/chatroom', { body: { chatroom_id: String(open), title, tag: 'new' } });
    expect((await rename(bob, 'B')).error[0]).toBe(403);
    expect((await rename(ann, 'A')).data<{ chatroom: WireRoom }>().chatroom).toMatchObject({ title: 'A' });
    expect((await rename(max, 'M')).data<{ chatroom: WireRoom }>().chatroom).toMatchObject({ title: 'M' });
    expect(await bob.room(open)).toMatchObject({ title: 'M', custom_tag: 'new' });
  });

  test('KT-12: acts only for himself', async () => {
    await using server = await startKettle();
    const { ann, bob, open } = await setScene(server);
    for (const whose of [{ member_id: bob.id }, { uuid: 'bob' }, { member_id: String(bob.id) }]) {
      for (const path of ['/chatroom/follow', '/chatroom/seen', '/chatroom/mute']) {
        const reply = await ann.send('PUT', path, { body: { chatroom_id: open, value: false, ...whose } });
        expect(reply.error).toEqual([403, expect.stringMatching(/member_id|uuid/)]);
      }
    }
    expect(await bob.room(open)).toMatchObject({ follow_status: true });
  });
});

describe('POST /chatroom', () => {
  test('KT-6: takes members by uuid and by number, also such as have never logged in', async () => {
    await using server = await startKettle();
    const { ann, bob, eve } = await setScene(server);
    const body = {
      title: 'T',
      header: 'H',
      tag: 't',
      chatroom_participants: [bob.id, String(eve.id)],
      uuids: ['new'],
    };
    const { chatroom } = (await ann.send('POST', '/chatroom', { body })).data<{ chatroom: WireRoom }>();
    expect(chatroom).toMatchObject({
      title: 'T',
      header: 'H',
      custom_tag: 't',
      type: 0,
      user_id: ann.id,
      is_secret: false,
    });
    for (const member of [bob, eve, await server.login('new')]) {
      expect(await member.room(chatroom.id)).toMatchObject({
        title: 'T',
        unseen_count: 0,
        follow_status: true,
      });
    }
    for (const [name, value] of [
      ['title', undefined],
      ['title', ''],
      ['title', 5],
      ['type', 10],
      ['type', 'normal'],
      ['uuids', ['']],
      ['uuids', 'bob'],
      ['uuids', ['____system']],
      ['is_secret', 'very'],
      ['chatroom_participants', ['x']],
    ] as const) {
      const reply = await ann.send('POST', '/chatroom', { body: { title: 'T', [name]: value } });
      expect([name, reply.error]).toEqual([name, [400, expect.stringContaining(name)]]);
    }
    const unknown = await ann.send('POST', '/chatroom', {
      body: { title: 'T', chatroom_participants: [987_654] },
    });
    expect(unknown.error[0]).toBe(400);
  });
});

describe('POST /chatroom/dm/create', () => {
  test('KT-13: two users have one direct room, whoever opens it, by uuid or by number', async () => {
    await using server = await startKettle();
    const { ann, bob, direct } = await setScene(server);
    const open = async (member: KettleMember, body: object): Promise<WireRoom> =>
      (await member.send('POST', '/chatroom/dm/create', { body })).data<{ chatroom: WireRoom }>().chatroom;
    for (const [member, body] of [
      [ann, { uuid: 'bob' }],
      [ann, { member_id: bob.id }],
      [bob, { member_id: String(ann.id) }],
      [bob, { uuid: 'ann' }],
    ] as const) {
      const room = await open(member, body);
      expect(room).toMatchObject({ id: direct, type: 10, chat_request_state: 1, is_private: true });
      expect(room.title).toBe(member === ann ? 'bob by name' : 'ann by name');
      const both = [room.user_id, room['chatroom_with_user_id']].map(Number);
      expect(both.toSorted((one, other) => one - other)).toEqual([ann.id, bob.id]);
    }
    await ann.say(direct, 'hi');
    expect(await bob.roomIds('chatroom_types=[10]')).toEqual([direct]);
  });

  test('KT-13: with somebody who does not exist: 404; without saying whom: 400', async () => {
    await using server = await startKettle();
    const { ann } = await setScene(server);
    const open = (body: object): Promise<KettleReply> => ann.send('POST', '/chatroom/dm/create', { body });
    expect((await open({ uuid: 'nobody-here' })).error[0]).toBe(404);
    expect((await open({ member_id: 987_654 })).error[0]).toBe(404);
    for (const body of [{}, { member_id: 'x' }, { uuid: '' }, { uuid: '____system' }]) {
      expect((await open(body)).error).toEqual([400, expect.stringMatching(/member_id|uuid/)]);
    }
  });
});
