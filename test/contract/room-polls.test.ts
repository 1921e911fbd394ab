import { expect, test } from 'vitest';
import { group } from '../support/chat.js';
import type { RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

const EXACTLY = 0;
const AT_MOST = 1;
const AT_LEAST = 2;

/** The options with their votes, as one reader sees them; those that he has chosen have a star. */
async function votes(rooms: RoomChat, uid: string, messageId: number): Promise<string> {
  const { options, voters } = await rooms.poll(uid, messageId);
  const shown = options.map(
    ({ text, votes: count, isSelected }) => `${text}${isSelected ? '*' : ''}${count}`,
  );
  return `${shown.join(' ')} of ${voters}`;
}

describeEveryStore('polls', (open) => {
  test('KT-11: a poll comes back as it was posted', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await rooms.create('ann');
    const rules = {
      pollType: 1,
      multipleSelectState: AT_LEAST,
      multipleSelectNo: 2,
      isAnonymous: true,
      allowAddOption: true,
      expiresAtMs: clock.nowMs() + 1000,
    };
    const messageId = await rooms.postPoll('ann', roomId, { ...rules, options: ['x', 'y', 'x'] });
    const userId = await rooms.userId('ann');
    const option = (text: string): unknown => {
      return { id: expect.any(Number) as number, text, userId, votes: 0, isSelected: false };
    };
    expect(await rooms.message('ann', messageId)).toMatchObject({ state: 10 });
    expect(await rooms.poll('ann', messageId)).toEqual({
      ...rules,
      options: [option('x'), option('y'), option('x')],
      voters: 0,
    });
  });

  test('KT-11: a vote replaces the former votes of its user, and each sees his own', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob', 'cat'] });
    const rules = { multipleSelectState: AT_MOST, multipleSelectNo: 3 };
    const messageId = await rooms.postPoll('ann', roomId, rules);
    await rooms.vote('ann', messageId, 'a', 'b');
    await rooms.vote('bob', messageId, 'b', 'b');
    expect(await votes(rooms, 'ann', messageId)).toBe('a*1 b*2 c0 of 2');
    expect(await votes(rooms, 'bob', messageId)).toBe('a1 b*2 c0 of 2');
    expect(await votes(rooms, 'cat', messageId)).toBe('a1 b2 c0 of 2');
    await rooms.vote('ann', messageId, 'c');
    expect(await votes(rooms, 'ann', messageId)).toBe('a0 b1 c*1 of 2');
  });

  test('KT-11: a vote moves the message and its room; the same vote again does not', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const rules = { multipleSelectState: AT_LEAST, multipleSelectNo: 1 };
    const messageId = await rooms.postPoll('ann', roomId, rules);
    for (const chosen of [['a'], ['a', 'b'], ['c']]) {
      clock.move(1000);
      await rooms.vote('bob', messageId, ...chosen);
      const version = await rooms.position();
      expect(await rooms.message('ann', messageId)).toMatchObject({
        updatedVersion: version,
        isEdited: false,
      });
      expect(await rooms.room('ann', roomId)).toMatchObject({ version });
      clock.move(1000);
      await rooms.vote('bob', messageId, ...chosen.toReversed());
      expect(await rooms.position()).toBe(version);
    }
  });

  test.each([
    { name: 'exactly 2', state: EXACTLY, fits: [2] },
    { name: 'at most 2', state: AT_MOST, fits: [1, 2] },
    { name: 'at least 2', state: AT_LEAST, fits: [2, 3] },
  ])('KT-11: a poll for $name options takes no other votes', async ({ state, fits }) => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const rules = { multipleSelectState: state, multipleSelectNo: 2 };
    const messageId = await rooms.postPoll('ann', roomId, rules);
    const vote = (count: number): Promise<void> =>
      rooms.vote('ann', messageId, ...['a', 'b', 'c'].slice(0, count));
    for (const count of [0, 1, 2, 3].filter((each) => !fits.includes(each))) {
      await expect(vote(count)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field: 'polls' });
    }
    expect(await votes(rooms, 'ann', messageId)).toBe('a0 b0 c0 of 0');
    for (const count of fits) await vote(count);
    expect((await rooms.poll('ann', messageId)).voters).toBe(1);
  });

  test('KT-11: the options that a vote names are of this poll', async () => {
    await using world = await open();
    const { rooms, store } = world;
    const roomId = await rooms.create('ann');
    const rules = { multipleSelectState: AT_LEAST, multipleSelectNo: 1 };
    const messageId = await rooms.postPoll('ann', roomId, rules);
    const other = await rooms.poll('ann', await rooms.postPoll('ann', roomId));
    const own = await rooms.poll('ann', messageId);
    const before = await rooms.messages('ann', roomId);
    const vote = { communityId: 1, userId: await rooms.userId('ann'), messageId };
    for (const foreign of [other.options[0]?.id ?? 0, 0, 999]) {
      const optionIds = [own.options[0]?.id ?? 0, foreign];
      await expect(store.votePoll({ ...vote, optionIds })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        field: 'polls',
      });
    }
    expect(await rooms.messages('ann', roomId)).toEqual(before);
  });

  test('KT-11: from its end on, a poll takes neither votes nor options', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await rooms.create('ann');
    const expiresAtMs = clock.nowMs() + 1000;
    const messageId = await rooms.postPoll('ann', roomId, { expiresAtMs, allowAddOption: true });
    clock.move(999);
    await rooms.vote('ann', messageId, 'a');
    clock.move(1);
    const before = await rooms.messages('ann', roomId);
    for (const text of ['a', 'b']) {
      await expect(rooms.vote('ann', messageId, text)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await expect(rooms.addOption('ann', messageId, 'd')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await rooms.messages('ann', roomId)).toEqual(before);
  });

  test('KT-11: members add options where the poll allows it, and can vote for them', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const messageId = await rooms.postPoll('ann', roomId, { allowAddOption: true });
    clock.move(1000);
    const id = await rooms.addOption('bob', messageId, 'd');
    const version = await rooms.position();
    expect(await rooms.message('ann', messageId)).toMatchObject({ updatedVersion: version });
    expect(await rooms.room('ann', roomId)).toMatchObject({ version });
    const { options } = await rooms.poll('ann', messageId);
    expect(options.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);
    expect(options[3]).toMatchObject({ id, userId: await rooms.userId('bob') });
    await rooms.vote('ann', messageId, 'd');
    expect(await votes(rooms, 'ann', messageId)).toBe('a0 b0 c0 d*1 of 1');
  });

  test('KT-11: a poll that does not allow it takes no options, from nobody', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    await rooms.putUser('ann', { isManager: true });
    const messageId = await rooms.postPoll('ann', roomId);
    await expect(rooms.addOption('ann', messageId, 'd')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('KT-11: who voted is told to members, unless the poll is anonymous', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    for (const isAnonymous of [false, true]) {
      const messageId = await rooms.postPoll('ann', roomId, { isAnonymous });
      await rooms.vote('ann', messageId, 'a');
      await rooms.vote('bob', messageId, 'a');
      const { options } = await rooms.poll('bob', messageId);
      const [a, b] = options.map(({ id }) => id) as [number, number];
      expect(await rooms.voters('bob', messageId, a)).toEqual(isAnonymous ? [] : ['ann', 'bob']);
      expect(await rooms.voters('bob', messageId, b)).toEqual([]);
      expect(await votes(rooms, 'bob', messageId)).toBe('a*2 b0 c0 of 2');
      await expect(rooms.voters('bob', messageId, 999)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(rooms.voters('eve', messageId, a)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('KT-11: only members vote, and only on polls', async () => {
    await using world = await open();
    const { chat, rooms, store } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const messageId = await rooms.postPoll('ann', roomId, { allowAddOption: true });
    const plain = (await rooms.post('ann', roomId)).messageId;
    const [option] = (await rooms.poll('ann', messageId)).options;
    await chat.leave(group('room-1'), 'bob');
    const notFound = { code: 'NOT_FOUND' };
    for (const [uid, id] of [
      ['bob', messageId],
      ['eve', messageId],
      ['ann', plain],
      ['ann', 999],
    ] as const) {
      const query = { communityId: 1, userId: await rooms.userId(uid), messageId: id };
      await expect(store.votePoll({ ...query, optionIds: [option?.id ?? 0] })).rejects.toMatchObject(
        notFound,
      );
      await expect(store.addPollOption({ ...query, text: 'd' })).rejects.toMatchObject(notFound);
      await expect(store.listVoters({ ...query, optionId: option?.id ?? 0 })).rejects.toMatchObject(notFound);
    }
  });
});
