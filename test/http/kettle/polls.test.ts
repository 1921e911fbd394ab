import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.js';
import type { Json, KettleMember, Posted, WireOption } from '../../support/kettle-client.js';
import { startKettle, type KettleServer } from '../../support/kettle-server.js';

interface Scene {
  readonly ann: KettleMember;
  readonly bob: KettleMember;
  readonly cid: KettleMember;
  readonly roomId: number;
}

async function setScene(server: KettleServer): Promise<Scene> {
  const [ann, bob, cid] = [await server.login('ann'), await server.login('bob'), await server.login('cid')];
  return { ann, bob, cid, roomId: await ann.createRoom({ uuids: ['bob', 'cid'] }) };
}

const HOUR_MS = 3_600_000;

/** Of each option in turn: votes, percent, and a star where the reader voted for it. */
function brief(options: readonly WireOption[]): string {
  return options
    .map(
      ({ count, percentage, is_selected: isOwn }) =>
        `${count ?? '-'}/${percentage ?? '-'}${isOwn ? '*' : ''}`,
    )
    .join(' ');
}

describe('what a poll is made of', () => {
  test('KT-11: what each SDK sends', async () => {
    await using server = await startKettle();
    const { ann, bob, roomId } = await setScene(server);
    const expiry = Date.now() + HOUR_MS;
    for (const body of [
      {
        chatroom_id: roomId,
        text: 'js?',
        state: 10,
        polls: [{ text: 'a' }, { text: 'b' }],
        poll_type: 0,
        multiple_select_state: 0,
        multiple_select_no: 1,
        is_anonymous: false,
        allow_add_option: false,
        expiry_time: expiry,
        temporary_id: 1_700_000_000_000,
      },
      {
        chatroom_id: String(roomId),
        text: 'an?',
        state: 10,
        polls: [{ text: 'a' }, { text: ' b ' }],
        poll_type: 1,
        multiple_select_state: null,
        multiple_select_no: null,
        is_anonymous: true,
        temporary_id: '-9',
        expiry_time: Math.floor(expiry / 1000),
      },
    ]) {
      const { id, conversation } = (await ann.send('POST', '/conversation', { body })).data<Posted>();
      expect(conversation).toMatchObject({
        state: 10,
        answer: body.text,
        temporary_id: String(body.temporary_id),
      });
      expect(conversation['polls']).toMatchObject([
        { text: 'a', user_id: ann.id, conversation_id: id, is_selected: false, member: { id: ann.id } },
        { text: 'b' },
      ]);
      const row = await bob.message(roomId, id);
      expect(row).toMatchObject({
        poll_type: body.poll_type,
        is_anonymous: body.is_anonymous,
        no_poll_expiry: false,
      });
      expect(Math.floor(Number(row['expiry_time']) / 1000)).toBe(Math.floor(expiry / 1000));
      expect((await bob.options(roomId, id)).map(({ text }) => text)).toEqual(['a', 'b']);
    }
  });

  test('KT-11: what is refused, by its name', async () => {
    await using server = await startKettle();
    const { ann, roomId } = await setScene(server);
    for (const [name, body] of [
      ['polls', {}],
      ['polls', { polls: [] }],
      ['polls', { polls: 'a' }],
      ['polls', { polls: [{ text: ' ' }] }],
      ['polls', { polls: ['a'] }],
      ['poll_type', { polls: [{ text: 'a' }], poll_type: 3 }],
      ['multiple_select_state', { polls: [{ text: 'a' }], multiple_select_state: 'many' }],
      ['multiple_select_no', { polls: [{ text: 'a' }], multiple_select_no: 2 }],
      ['expiry_time', { polls: [{ text: 'a' }], expiry_time: 'never' }],
      ['is_anonymous', { polls: [{ text: 'a' }], is_anonymous: 'rather' }],
      ['text', { text: '', polls: [{ text: 'a' }] }],
    ] as const) {
      const reply = await ann.post(roomId, { text: 'which?', state: 10, ...body });
      expect([name, reply.error]).toEqual([name, [400, expect.stringContaining(name)]]);
    }
  });
});

describe('votes', () => {
  test('KT-11: one choice; a later vote replaces the earlier one, and moves the message', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const { ann, bob, cid, roomId } = await setScene(server);
    const id = await ann.ask(roomId, { poll_type: 2 });
    const results = async (member: KettleMember): Promise<string> => brief(await member.options(roomId, id));
    expect(await results(bob)).toBe('0/- 0/- 0/-');
    const { last_updated: askedAt } = await cid.message(roomId, id);
    clock.move(5000);
    (await bob.vote(roomId, id, 'a')).done();
    expect([await results(bob), await results(cid)]).toEqual(['1/100* 0/0 0/0', '1/100 0/0 0/0']);
    expect((await cid.message(roomId, id)).last_updated).toBeGreaterThan(askedAt);
    (await bob.vote(roomId, id, 'b')).done();
    (await cid.vote(roomId, id, 'b')).done();
    (await ann.vote(roomId, id, 'c')).done();
    expect(await results(ann)).toBe('0/0 2/67 1/33*');
    for (const wrong of [['a', 'b'], [], ['none']]) {
      const reply = await bob.vote(roomId, id, ...wrong);
      expect(reply.error).toEqual([400, expect.stringContaining('polls')]);
    }
    expect(await results(bob)).toBe('0/0 2/67* 1/33');
  });

  test('KT-11: several choices: exactly, at most, at least', async () => {
    await using server = await startKettle();
    const { ann, bob, roomId } = await setScene(server);
    for (const [state, allowed, refused] of [
      [
        0,
        [
          ['a', 'b'],
          ['b', 'c'],
        ],
        [['a'], ['a', 'b', 'c'], []],
      ],
      [1, [['a'], ['a', 'b']], [['a', 'b', 'c'], []]],
      [
        2,
        [
          ['a', 'b'],
          ['a', 'b', 'c'],
        ],
        [['a'], []],
      ],
    ] as const) {
      const id = await ann.ask(roomId, { poll_type: 2, multiple_select_state: state, multiple_select_no: 2 });
      for (const texts of allowed) expect((await bob.vote(roomId, id, ...texts)).status).toBe(200);
      for (const texts of refused) expect((await bob.vote(roomId, id, ...texts)).error[0]).toBe(400);
      const last = allowed.at(-1) ?? [];
      const options = await bob.options(roomId, id);
      expect(options.filter((option) => option.is_selected).map(({ text }) => text)).toEqual(last);
      expect(options.filter(({ percentage }) => percentage === 100)).toHaveLength(last.length);
    }
  });

  test('KT-11: ids of votes as numbers, as text, or bare; options of another poll are refused', async () => {
    await using server = await startKettle();
    const { ann, bob, roomId } = await setScene(server);
    const id = await ann.ask(roomId);
    const [option] = await bob.options(roomId, id);
    const [foreign] = await bob.options(roomId, await ann.ask(roomId));
    const submit = (polls: unknown): Promise<{ status: number }> =>
      bob.send('POST', '/conversation/poll/submit', { body: { conversation_id: String(id), polls } });
    for (const polls of [[{ id: option?.id }], [{ id: String(option?.id) }], [option?.id], [option]]) {
      expect((await submit(polls)).status).toBe(200);
    }
    for (const polls of [[{ id: foreign?.id }], [{}], 'x', undefined, [{ id: 'x' }], [null]]) {
      expect((await submit(polls)).status).toBe(400);
    }
    const notAPoll = await ann.say(roomId, 'no poll');
    const body = { conversation_id: notAPoll, polls: [{ id: option?.id }] };
    expect((await bob.send('POST', '/conversation/poll/submit', { body })).error[0]).toBe(404);
  });

  test('KT-22: an instant poll shows results to who has voted, a deferred one at its end, an open one always', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const { ann, bob, cid, roomId } = await setScene(server);
    const ids: number[] = [];
    for (const poll_type of [0, 1, 2]) {
      const id = await ann.ask(roomId, { poll_type, expiry_time: clock.nowMs() + HOUR_MS });
      (await bob.vote(roomId, id, 'a')).done();
      ids.push(id);
    }
    const seenBy = async (member: KettleMember): Promise<string[]> => {
      const page = await member.messages(roomId);
      return ids.map((id) => {
        const row = page.conversations_data.find((one) => one.id === id);
        return `${brief(page.conv_polls_meta[id] ?? [])} ${String(row?.['to_show_results'])}`;
      });
    };
    expect(await seenBy(bob)).toEqual(['1/100* 0/0 0/0 true', '-/-* -/- -/- false', '1/100* 0/0 0/0 true']);
    expect(await seenBy(cid)).toEqual(['-/- -/- -/- false', '-/- -/- -/- false', '1/100 0/0 0/0 true']);
    clock.move(HOUR_MS);
    expect(await seenBy(cid)).toEqual(Array.from({ length: 3 }, () => '1/100 0/0 0/0 true'));
    for (const id of ids) {
      expect((await cid.vote(roomId, id, 'b')).error).toEqual([400, expect.stringContaining('ended')]);
    }
  });

  test('KT-22: hidden results are not in the number of votes, nor told by who voted', async () => {
    await using server = await startKettle();
    const { ann, bob, cid, roomId } = await setScene(server);
    const id = await ann.ask(roomId, { poll_type: 1, expiry_time: Date.now() + HOUR_MS });
    (await bob.vote(roomId, id, 'b')).done();
    const options = await cid.options(roomId, id);
    expect(options.map(({ no_votes: votes, count, percentage }) => [votes, count, percentage])).toEqual(
      Array.from({ length: 3 }, () => [0, null, null]),
    );
    for (const option of options) {
      const reply = await cid.get('/conversation/poll/users', `poll_id=${option.id}&conversation_id=${id}`);
      expect(reply.data<{ members: Json[] }>().members).toEqual([]);
    }
  });

  test('KT-11: GET /conversation/poll/users names the voters, but none of an anonymous poll', async () => {
    await using server = await startKettle();
    const { ann, bob, cid, roomId } = await setScene(server);
    for (const isAnonymous of [false, true]) {
      const id = await ann.ask(roomId, { poll_type: 2, is_anonymous: isAnonymous });
      (await bob.vote(roomId, id, 'a')).done();
      (await cid.vote(roomId, id, 'a')).done();
      const [first, second] = await ann.options(roomId, id);
      const votersOf = async (optionId: number | undefined): Promise<unknown[]> => {
        const reply = await ann.get('/conversation/poll/users', `poll_id=${optionId}&conversation_id=${id}`);
        return reply.data<{ members: Json[] }>().members.map((member) => member['uuid']);
      };
      expect(await votersOf(first?.id)).toEqual(isAnonymous ? [] : ['bob', 'cid']);
      expect(await votersOf(second?.id)).toEqual([]);
      expect((await ann.get('/conversation/poll/users', `conversation_id=${id}`)).error[0]).toBe(400);
      expect(
        (await ann.get('/conversation/poll/users', `poll_id=987654&conversation_id=${id}`)).error[0],
      ).toBe(404);
    }
  });

  test('KT-11: POST /conversation/poll adds an option where the poll allows it', async () => {
    await using server = await startKettle();
    const { ann, bob, cid, roomId } = await setScene(server);
    const id = await ann.ask(roomId, { poll_type: 2, allow_add_option: true });
    const add = (to: number, body: object) =>
      bob.send('POST', '/conversation/poll', { body: { conversation_id: to, ...body } });
    const { poll } = (await add(id, { poll: { text: 'd' } })).data<{ poll: Json }>();
    expect(poll).toMatchObject({ text: 'd', user_id: bob.id, member: { id: bob.id } });
    const page = await cid.messages(roomId, `conversation_id=${id}`);
    expect(page.conv_polls_meta[id]?.at(-1)).toMatchObject({ id: poll['id'], text: 'd', user_id: bob.id });
    expect(page.user_meta[bob.id]).toMatchObject({ uuid: 'bob' });
    (await cid.vote(roomId, id, 'd')).done();
    expect((await add(id, { poll: { text: ' ' } })).error).toEqual([400, expect.stringContaining('poll')]);
    expect((await add(id, {})).error).toEqual([400, expect.stringContaining('poll')]);
    const closed = await ann.ask(roomId);
    expect((await add(closed, { poll: { text: 'd' } })).error[0]).toBe(403);
  });
});
