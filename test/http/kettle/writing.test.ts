import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.js';
import type { Json, KettleMember, KettleReply, Posted } from '../../support/kettle-client.js';
import { startKettle, type KettleServer } from '../../support/kettle-server.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

async function openRoom(
  server: KettleServer,
): Promise<{ ann: KettleMember; bob: KettleMember; roomId: number }> {
  const ann = await server.login('ann');
  const bob = await server.login('bob');
  return { ann, bob, roomId: await ann.createRoom({ uuids: [bob.uid] }) };
}

describe('POST /conversation', () => {
  test('KT-8: what each SDK sends', async () => {
    await using server = await startKettle();
    const { ann, bob, roomId } = await openRoom(server);
    const first = await ann.say(roomId, 'first');
    const bodies: readonly (readonly [string, object])[] = [
      [
        'js',
        { chatroom_id: roomId, text: 'js', temporary_id: '1700000000000', has_files: false, og_tags: {} },
      ],
      [
        'android',
        {
          chatroom_id: String(roomId),
          text: 'an',
          temporary_id: '-5',
          replied_conversation_id: String(first),
        },
      ],
      [
        'ios',
        {
          chatroom_id: String(roomId),
          text: 'ios',
          temporary_id: 'x-1',
          trigger_bot: false,
          attachments: [],
        },
      ],
      [
        'flutter',
        {
          chatroom_id: roomId,
          text: 'fl',
          temporary_id: '7',
          has_files: false,
          replied_conversation_id: null,
        },
      ],
    ];
    for (const [sdk, body] of bodies) {
      const reply = await ann.with({ 'x-api-version': '1' }).send('POST', '/conversation', { body });
      const { id, conversation, widgets } = reply.data<Posted>();
      const { text, temporary_id: temporaryId } = body as Record<string, string>;
      expect([sdk, conversation, widgets]).toMatchObject([
        sdk,
        { id, answer: text, temporary_id: temporaryId, chatroom_id: roomId, member_id: ann.id, state: 0 },
        {},
      ]);
      expect(conversation['member']).toMatchObject({ id: ann.id, name: 'ann by name' });
      expect(conversation['created_at']).toMatch(/^\d\d:\d\d$/);
      expect(Object.values(conversation)).not.toContain(null);
      expect(await bob.message(roomId, id)).toMatchObject({
        answer: text,
        user_id: ann.id,
        temporary_id: temporaryId,
      });
    }
    expect(await bob.texts(roomId)).toEqual(['first', 'js', 'an', 'ios', 'fl']);
  });

  test('KT-8: a reply, an attachment and a widget come back inline, and in the metas of sync', async () => {
    await using server = await startKettle();
    const { ann, bob, roomId } = await openRoom(server);
    const first = await bob.say(roomId, 'first');
    const attachments = [
      {
        url: 'https://a/1.png',
        type: 'image',
        index: 0,
        name: '1.png',
        width: 10,
        height: 20,
        meta: { size: 5 },
      },
      { url: 'https://a/2.aac', type: 'voice_note', meta: { duration: 3.7 } },
    ];
    const metadata = { colour: 'red', list: [1, { deep: null }] };
    const body = { text: 'all', replied_conversation_id: first, attachments, metadata, has_files: true };
    const { id, conversation, widgets } = (await ann.post(roomId, body)).data<Posted>();
    const [widgetId = ''] = Object.keys(widgets);
    expect(conversation).toMatchObject({
      reply_id: first,
      reply_conversation: { id: first, answer: 'first', member: { id: bob.id } },
      attachments: [
        {
          file_url: 'https://a/1.png',
          type: 'image',
          width: 10,
          height: 20,
          meta: { size: 5 },
          answer_id: id,
        },
        { url: 'https://a/2.aac', type: 'voice_note', meta: { duration: 4 } },
      ],
      attachment_count: 2,
      has_files: true,
      widget_id: widgetId,
    });
    const page = await bob.messages(roomId, `conversation_id=${id}`);
    expect(page.conv_attachments_meta[id]).toEqual(conversation['attachments']);
    expect(page.widgets[widgetId]).toMatchObject({ _id: widgetId, metadata, parent_entity_id: String(id) });
    expect(page.conversation_meta[first]).toMatchObject({ answer: 'first' });
  });

  test('KT-8: the same temporary_id again returns the first answer, at once or later', async () => {
    await using server = await startKettle();
    const { ann, bob, roomId } = await openRoom(server);
    const posts = await Promise.all(
      [1, 2, 3].map(() => ann.post(roomId, { text: 'once', temporary_id: 'tmp' })),
    );
    const [id] = posts.map((reply) => reply.data<Posted>().id);
    expect(posts.map((reply) => reply.data<Posted>().id)).toEqual([id, id, id]);
    expect((await ann.post(roomId, { text: 'once', temporary_id: 'tmp' })).data<Posted>().id).toBe(id);
    const other = await ann.post(roomId, { text: 'another', temporary_id: 'tmp' });
    expect(other.error).toEqual([400, expect.stringContaining('temporary_id')]);
    await bob.say(roomId, 'his own', { temporary_id: 'tmp' });
    // As JavaScript's polls have it.
    await ann.say(roomId, 'a number', { temporary_id: 1_700_000_000_001 });
    expect(await bob.texts(roomId)).toEqual(['once', 'his own', 'a number']);
  });

  test('KT-8: what is refused, by its name', async () => {
    await using server = await startKettle();
    const { ann, roomId } = await openRoom(server);
    const elsewhere = await ann.say(await ann.createRoom(), 'elsewhere');
    for (const [name, body] of [
      ['text', {}],
      ['text', { text: '   ' }],
      ['text', { text: 5 }],
      ['chatroom_id', { text: 'x', chatroom_id: 'y' }],
      ['chatroom_id', { text: 'x', chatroom_id: null }],
      ['replied_conversation_id', { text: 'x', replied_conversation_id: 'y' }],
      ['replied_conversation_id', { text: 'x', replied_conversation_id: 987_654 }],
      ['replied_conversation_id', { text: 'x', replied_conversation_id: elsewhere }],
      ['attachments', { text: 'x', attachments: 'y' }],
      ['attachments[1].url', { text: 'x', attachments: [{ url: 'u', type: 'image' }, { type: 'image' }] }],
      ['attachments[0].type', { text: 'x', attachments: [{ url: 'u' }] }],
      ['og_tags', { text: 'x', og_tags: '{}' }],
      ['metadata', { text: 'x', metadata: [] }],
      ['temporary_id', { text: 'x', temporary_id: {} }],
      ['state', { text: 'x', state: 1 }],
      ['state', { text: 'x', state: 'poll' }],
    ] as const) {
      expect([name, (await ann.post(roomId, body)).error]).toEqual([
        name,
        [400, expect.stringContaining(name)],
      ]);
    }
    expect(await ann.texts(roomId)).toEqual([]);
  });

  test('KT-8: the room moves to the front; to the author it is read', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const { ann, bob, roomId } = await openRoom(server);
    await ann.createRoom({ uuids: [bob.uid] });
    clock.move(5000);
    const before = await bob.room(roomId);
    const id = await ann.say(roomId, 'hello');
    const after = await bob.room(roomId);
    expect(after.updated_at).toBeGreaterThan(before.updated_at);
    expect([after.last_conversation_id, after.unseen_count]).toEqual([id, 1]);
    expect((await ann.room(roomId)).unseen_count).toBe(0);
    expect((await bob.roomIds())[0]).toBe(roomId);
    expect((await bob.rooms()).sync_meta[roomId]).toEqual({ unseen_count: 1, last_conversation_id: id });
  });
});

describe('changing messages', () => {
  test('KT-9: PUT /conversation replaces the text, and the link', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const { ann, bob, roomId } = await openRoom(server);
    const id = await ann.say(roomId, 'before', { og_tags: { title: 'Old' } });
    const before = await bob.message(roomId, id);
    const room = await bob.room(roomId);
    clock.move(5000);
    const body = {
      conversation_id: String(id),
      text: 'after',
      share_link: 'https://b',
      og_tags: { title: 'New' },
    };
    const { conversation } = (await ann.send('PUT', '/conversation', { body })).data<Posted>();
    expect(conversation).toMatchObject({ id, answer: 'after', is_edited: true, og_tags: { title: 'New' } });
    const after = await bob.message(roomId, id);
    expect(after).toMatchObject({ answer: 'after', is_edited: true, created_epoch: before.created_epoch });
    expect(after.last_updated).toBeGreaterThan(before.last_updated);
    expect((await bob.room(roomId)).updated_at).toBeGreaterThan(room.updated_at);
    const since = await bob.messages(roomId, `min_timestamp=${before.last_updated + 1}`);
    expect(since.conversations_data.map((row) => row.id)).toEqual([id]);
  });

  test('KT-9: DELETE /conversation with its body, with none but the query, and again', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const { ann, bob, roomId } = await openRoom(server);
    const ids = [await ann.say(roomId, 'a'), await ann.say(roomId, 'b'), await ann.say(roomId, 'c')];
    clock.move(5000);
    const body = { conversation_ids: ids.slice(0, 2).map(String), reason: 'none' };
    const { conversations } = (await ann.send('DELETE', '/conversation', { body })).data<{
      conversations: Json[];
    }>();
    expect(conversations).toMatchObject([
      { id: ids[0], deleted_by: ann.id, deleted_by_member: { id: ann.id } },
      { id: ids[1], deleted_by: ann.id },
    ]);
    (await ann.send('DELETE', `/conversation?conversation_ids=[${ids[2]}]`)).data();
    for (const id of ids) expect(await bob.message(roomId, id)).toMatchObject({ deleted_by_user_id: ann.id });
    const { last_updated: deletedAt } = await bob.message(roomId, ids[0] ?? 0);
    clock.move(5000);
    (await ann.send('DELETE', '/conversation', { body })).data();
    expect((await bob.message(roomId, ids[0] ?? 0)).last_updated).toBe(deletedAt);
    expect((await bob.room(roomId)).unseen_count).toBe(0);
    for (const wrong of [
      {},
      { conversation_ids: [] },
      { conversation_ids: ['x'] },
      { conversation_ids: [0] },
    ]) {
      const reply = await ann.send('DELETE', '/conversation', { body: wrong });
      expect(reply.error).toEqual([400, expect.stringContaining('conversation_ids')]);
    }
  });

  test('KT-9: what is deleted takes no edit and no reaction', async () => {
    await using server = await startKettle();
    const { ann, roomId } = await openRoom(server);
    const id = await ann.say(roomId, 'a');
    await ann.remove(id);
    const edit = await ann.send('PUT', '/conversation', { body: { conversation_id: id, text: 'b' } });
    expect(edit.error[0]).toBe(400);
    const reaction = await ann.send('PUT', '/conversation/reaction', {
      body: { conversation_id: id, reaction: 'x' },
    });
    expect(reaction.error[0]).toBe(400);
    expect((await ann.message(roomId, id)).answer).toBe('a');
  });

  test('KT-10: one reaction to a message, and one to a room; DELETE takes it back', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const { ann, bob, roomId } = await openRoom(server);
    const id = await ann.say(roomId, 'a');
    const { last_updated: saidAt } = await ann.message(roomId, id);
    clock.move(5000);
    const reactionsOf = async (): Promise<unknown> =>
      (await ann.messages(roomId, `conversation_id=${id}`)).conv_reactions_meta[id]?.map((one) => [
        one['user_id'],
        one['reaction'],
      ]);
    await bob.react(id, '👍');
    expect((await ann.message(roomId, id)).last_updated).toBeGreaterThan(saidAt);
    expect(await ann.message(roomId, id)).toMatchObject({ has_reactions: true });
    await bob.change('PUT', '/conversation/reaction', { conversation_id: String(id), reaction: '❤️' });
    await ann.react(id, '🎉');
    expect(await reactionsOf()).toEqual([
      [bob.id, '❤️'],
      [ann.id, '🎉'],
    ]);
    await bob.change('DELETE', '/conversation/reaction', { conversation_id: id, reaction: 'ignored' });
    await bob.change('DELETE', '/conversation/reaction', { conversation_id: id });
    expect(await reactionsOf()).toEqual([[ann.id, '🎉']]);
    await bob.change('PUT', '/conversation/reaction', { chatroom_id: roomId, reaction: '🙂' });
    await bob.change('PUT', '/conversation/reaction', { chatroom_id: roomId, reaction: '🙃' });
    expect((await ann.messages(roomId)).chatroom_reactions_meta[roomId]).toMatchObject([
      { user_id: bob.id, reaction: '🙃', chatroom_id: roomId, conversation_id: null },
    ]);
    await bob.change('DELETE', '/conversation/reaction', { chatroom_id: roomId });
    expect((await ann.messages(roomId)).chatroom_reactions_meta).toEqual({});
    for (const body of [
      { reaction: 'x' },
      { conversation_id: 'x', reaction: 'x' },
      { conversation_id: id },
    ]) {
      const [status, message] = (await bob.send('PUT', '/conversation/reaction', { body })).error;
      expect([status, message]).toEqual([400, expect.stringMatching(/conversation_id|reaction/)]);
    }
  });
});

describe('the state of a room', () => {
  test('KT-12: PUT /chatroom/follow as each SDK sends it', async () => {
    await using server = await startKettle();
    const { bob, roomId } = await openRoom(server);
    const sent: readonly (readonly [string, object | undefined])[] = [
      ['/chatroom/follow', { collabcard_id: roomId, member_id: bob.id, value: false }],
      ['/chatroom/follow', { collabcard_id: roomId, uuid: bob.uid, value: true }],
      ['/chatroom/follow', { chatroom_id: String(roomId), uuid: bob.uid, value: false }],
      [`/chatroom/follow?collabcard_id=${roomId}&member_id=${bob.id}&value=true`, undefined],
      [`/chatroom/follow?collabcard_id=${roomId}&uuid=${bob.uid}&value=false`, {}],
    ];
    for (const [index, [path, body]] of sent.entries()) {
      (await bob.send('PUT', path, body && { body })).done();
      expect((await bob.roomIds()).includes(roomId)).toBe(index % 2 === 1);
      const { follow_status: status } = (await bob.messages(roomId)).chatroom_meta[roomId] ?? {};
      expect(status).toBe(index % 2 === 1);
    }
  });

  test('KT-12, KT-24: mark_read with JSON under a form content type, mute, seen and topic', async () => {
    await using server = await startKettle();
    const { ann, bob, roomId } = await openRoom(server);
    const say = async (): Promise<number> => ann.say(roomId, 'unseen');
    const unseen = async (): Promise<number> => (await bob.room(roomId)).unseen_count;
    const id = await say();
    const reads: readonly (() => Promise<KettleReply>)[] = [
      () => bob.send('POST', '/chatroom/mark_read', { headers: FORM, body: { chatroom_id: roomId } }),
      () => bob.send('POST', '/chatroom/mark_read', { headers: FORM, body: `chatroom_id=${roomId}` }),
      () => bob.send('POST', '/chatroom/mark_read', { body: { chatroom_id: String(roomId) } }),
      () =>
        bob.send('PUT', `/chatroom/seen?collabcard_id=${roomId}&member_id=${bob.id}&collabcard_type=0`, {
          body: {},
        }),
      () => bob.send('PUT', `/chatroom/seen?collabcard_id=${roomId}&uuid=${bob.uid}`),
      () =>
        bob.send('PUT', '/chatroom/seen', {
          body: { collabcard_id: roomId, uuid: bob.uid, collabcard_type: 0 },
        }),
    ];
    for (const read of reads) {
      await say();
      expect(await unseen()).toBeGreaterThan(0);
      (await read()).done();
      expect(await unseen()).toBe(0);
    }
    await bob.change('PUT', '/chatroom/mute', { chatroom_id: roomId, value: true });
    expect(await bob.room(roomId)).toMatchObject({ mute_status: true });
    expect(await ann.room(roomId)).toMatchObject({ mute_status: false });
    await bob.change('PUT', '/chatroom/mute', { chatroom_id: String(roomId), value: 'false' });
    expect(await bob.room(roomId)).toMatchObject({ mute_status: false });
    await bob.change('PUT', '/conversation/topic', { chatroom_id: roomId, conversation_id: id });
    expect(await ann.room(roomId)).toMatchObject({ topic_id: id });
    expect((await ann.rooms()).conversation_meta[id]).toMatchObject({ answer: 'unseen' });
  });

  test('KT-12: what is missing is named', async () => {
    await using server = await startKettle();
    const { bob, roomId } = await openRoom(server);
    for (const [method, path, body, name] of [
      ['PUT', '/chatroom/follow', { chatroom_id: roomId }, 'value'],
      ['PUT', '/chatroom/follow', { value: true }, 'chatroom_id'],
      ['PUT', '/chatroom/mute', { chatroom_id: roomId, value: 'maybe' }, 'value'],
      ['POST', '/chatroom/mark_read', {}, 'chatroom_id'],
      ['PUT', '/chatroom/seen', { collabcard_id: 'x' }, 'collabcard_id'],
      ['PUT', '/conversation/topic', { chatroom_id: roomId }, 'conversation_id'],
    ] as const) {
      expect((await bob.send(method, path, { body })).error).toEqual([400, expect.stringContaining(name)]);
    }
  });
});
