import { expect, test } from 'vitest';
import { SYSTEM_UID } from '../../src/domain/channel.js';
import { group, pair, payloadOf } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const team = group('team');

describeEveryStore('messages', (open) => {
  test('ST-2: a channel counts its messages 1, 2, 3, whatever happens in other channels', async () => {
    await using world = await open();
    const { chat } = world;
    const sent = [
      await chat.send('ann', team),
      await chat.send('ann', group('other')),
      await chat.send('bob', team),
      await chat.send('ann', group('team', 3)),
      await chat.send('cat', team),
    ];
    expect(sent.map(({ seq }) => seq)).toEqual([1, 1, 2, 1, 3]);
    const ids = sent.map(({ messageId }) => messageId);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect(ids.every((id) => Number.isSafeInteger(id) && id > 0)).toBe(true);
  });

  test('ST-2: sends at the same time leave no hole and no number twice', async () => {
    await using world = await open();
    const { chat } = world;
    const sent = await Promise.all(Array.from({ length: 50 }, () => chat.send('ann', team)));
    expect(sent.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    expect(await chat.seqs('ann', team)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test('ST-2: a send that fails takes no number', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team, { clientMsgNo: 'one', text: 'x' });
    const refused = [
      chat.send('ann', team, { clientMsgNo: 'one', text: 'y' }),
      chat.send('eve', team, { asMember: true }),
    ];
    expect((await Promise.allSettled(refused)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await chat.send('ann', team)).toMatchObject({ seq: 2 });
  });

  test('ST-3: repeating a stored client_msg_no returns the first answer and changes nothing', async () => {
    await using world = await open();
    const { chat, clock } = world;
    const first = await chat.send('ann', team, { clientMsgNo: 'one', text: 'x' });
    await chat.join(team, 'bob');
    await chat.send('bob', team);
    const before = [await chat.list('ann', { messageCount: 9 }), await chat.list('bob')];
    clock.move(1000);
    expect(await chat.send('ann', team, { clientMsgNo: 'one', text: 'x' })).toEqual(first);
    expect([await chat.list('ann', { messageCount: 9 }), await chat.list('bob')]).toEqual(before);
  });

  test('ST-3: a client_msg_no belongs to one sender in one channel', async () => {
    await using world = await open();
    const { chat } = world;
    const options = { clientMsgNo: 'one', text: 'x' };
    const sent = [
      await chat.send('ann', team, options),
      await chat.send('bob', team, options),
      await chat.send('ann', group('other'), options),
      await chat.send('ann', group('team', 3), options),
      await chat.send(SYSTEM_UID, team, options),
    ];
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(5);
    expect(sent.map(({ seq }) => seq)).toEqual([1, 2, 1, 1, 3]);
  });

  test('ST-3: who has been removed since, or may not send any more, still gets the first answer', async () => {
    await using world = await open();
    const { chat } = world;
    const options = { clientMsgNo: 'one', text: 'x', asMember: true };
    await chat.join(team, 'ann', 'bob');
    const first = await chat.send('ann', team, options);
    await chat.putChannel(team, { ban: true });
    expect(await chat.send('ann', team, options)).toEqual(first);
    await chat.leave(team, 'ann');
    expect(await chat.send('ann', team, options)).toEqual(first);
    expect(await chat.members(team)).toEqual(['bob']);
  });

  test('ST-3: the same at the same time is stored once', async () => {
    await using world = await open();
    const { chat } = world;
    const sends = Array.from({ length: 10 }, () => chat.send('ann', team, { clientMsgNo: 'one', text: 'x' }));
    const answers = await Promise.all(sends);
    expect(new Set(answers.map(({ messageId, seq }) => `${messageId} ${seq}`)).size).toBe(1);
    expect(await chat.lastSeq(team)).toBe(1);
  });

  test('ST-4: with another payload it is a CONFLICT that names client_msg_no', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team, { clientMsgNo: 'one', text: 'x' });
    const before = await chat.list('ann', { messageCount: 9 });
    for (const text of ['y', 'xx', '']) {
      await expect(chat.send('ann', team, { clientMsgNo: 'one', text })).rejects.toMatchObject({
        code: 'CONFLICT',
        field: 'client_msg_no',
      });
    }
    expect(await chat.list('ann', { messageCount: 9 })).toEqual(before);
  });

  test('ST-5: a person channel is one channel, whoever writes first, and makes both memberships', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('zoe', pair('zoe', 'ann'));
    await chat.send('ann', pair('ann', 'zoe'), { asMember: true });
    expect(await chat.names('ann')).toEqual([pair('zoe', 'ann').name]);
    expect(await chat.rows('ann')).toMatchObject([{ lastSeq: 2, unread: 0 }]);
    expect(await chat.rows('zoe')).toMatchObject([{ lastSeq: 2, unread: 1 }]);
  });

  test('ST-5: notes to oneself are a conversation with one member', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', pair('ann', 'ann'));
    expect(await chat.members(pair('ann', 'ann'))).toEqual(['ann']);
    expect(await chat.rows('ann')).toMatchObject([{ lastSeq: 1, unread: 0 }]);
  });

  test('ST-5: the system writes to a user in a person channel', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send(SYSTEM_UID, pair(SYSTEM_UID, 'ann'));
    expect(await chat.rows('ann')).toMatchObject([{ unread: 1 }]);
  });

  test('ST-6: the first message to a channel makes it, with the sender as its first member', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team);
    await chat.send(SYSTEM_UID, group('news'));
    expect(await chat.members(team)).toEqual(['ann']);
    expect(await chat.members(group('news'))).toEqual([]);
    expect(await chat.lastSeq(group('news'))).toBe(1);
  });

  test('ST-6: a trusted caller sends without being a member, and becomes none', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.send('eve', team);
    await chat.putChannel(group('empty'));
    await chat.send('eve', group('empty'));
    expect(await chat.members(team)).toEqual(['ann']);
    expect(await chat.members(group('empty'))).toEqual([]);
    expect(await chat.rows('eve')).toEqual([]);
    expect(await chat.rows('ann')).toMatchObject([{ unread: 1 }]);
  });

  test('ST-7: a send as a member is refused to others, also where there is no channel', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.leave(team, 'bob');
    for (const uid of ['bob', 'eve']) {
      await expect(chat.send(uid, team, { asMember: true })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      });
    }
    await expect(chat.send('ann', group('none'), { asMember: true })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await chat.send('ann', team, { asMember: true })).toMatchObject({ seq: 1 });
    expect(await chat.lastSeq(group('none'))).toBe(0);
  });

  test.each(['ban', 'disband', 'sendBan'] as const)(
    'ST-7: a channel with %s takes messages from trusted callers only',
    async (setting) => {
      await using world = await open();
      const { chat } = world;
      await chat.join(team, 'ann');
      await chat.putChannel(team, { [setting]: true });
      await expect(chat.send('ann', team, { asMember: true })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      });
      expect(await chat.send('ann', team)).toMatchObject({ seq: 1 });
      await chat.putChannel(team, { [setting]: false });
      expect(await chat.send('ann', team, { asMember: true })).toMatchObject({ seq: 2 });
    },
  );

  test('ST-7: settings that do not concern sending do not stop it', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.putChannel(team, { large: true, allowStranger: true });
    expect(await chat.send('ann', team, { asMember: true })).toMatchObject({ seq: 1 });
  });

  test('ST-16: a stretch is ascending, within both bounds, from the end that is kept', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.sendMany('ann', team, 10);
    const read = async (...[uid, channel, options]: Parameters<typeof chat.messages>): Promise<unknown> => {
      const { messages, hasMore } = await chat.messages(uid, channel, options);
      return [messages.map(({ seq }) => seq).join(' '), hasMore];
    };
    expect(await read('ann', team)).toEqual(['1 2 3 4 5 6 7 8 9 10', false]);
    expect(await read('ann', team, { limit: 3 })).toEqual(['8 9 10', true]);
    expect(await read('ann', team, { limit: 3, keep: 'oldest' })).toEqual(['1 2 3', true]);
    expect(await read('ann', team, { fromSeq: 3, toSeq: 6 })).toEqual(['3 4 5 6', false]);
    expect(await read('ann', team, { fromSeq: 3, toSeq: 6, limit: 4 })).toEqual(['3 4 5 6', false]);
    expect(await read('ann', team, { fromSeq: 3, toSeq: 6, limit: 2 })).toEqual(['5 6', true]);
    expect(await read('ann', team, { fromSeq: 3, toSeq: 6, limit: 2, keep: 'oldest' })).toEqual([
      '3 4',
      true,
    ]);
    expect(await read('ann', team, { fromSeq: 11 })).toEqual(['', false]);
    expect(await read('ann', team, { fromSeq: 6, toSeq: 3 })).toEqual(['', false]);
    expect(await read('ann', group('none'))).toEqual(['', false]);
  });

  test('ST-16: a message comes back as it was sent', async () => {
    await using world = await open();
    const { chat, clock } = world;
    const channel = group('a:b|c % 🐟', 200);
    const payload = Buffer.from([0, 255, 128, 10]);
    const given = { clientMsgNo: "it's – 🐟", setting: 34, expireSeconds: 60, redDot: false };
    const { messageId } = await chat.store.sendMessage({
      communityId: 1,
      channel,
      fromUid: 'ann 🐟',
      payload,
      asMember: false,
      ...given,
    });
    await chat.send('bob', channel, { text: '' });
    const { messages } = await chat.messages('ann 🐟', channel);
    const createdAtMs = clock.nowMs();
    expect(messages).toEqual([
      { id: messageId, seq: 1, channel, fromUid: 'ann 🐟', payload, createdAtMs, ...given },
      expect.objectContaining({ seq: 2, fromUid: 'bob', payload: payloadOf(''), redDot: true }),
    ]);
  });

  test('ST-9, ST-16: a log is read by members only', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team);
    await expect(chat.messages('eve', team)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(chat.lastSeq(team, 'eve')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await chat.lastSeq(team, 'ann')).toBe(1);
    expect(await chat.lastSeq(team)).toBe(1);
    expect(await chat.lastSeq(group('none'), 'eve')).toBe(0);
  });
});
