import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, startDevice, type Device } from '../support/likeminds-device.js';
import { findRoom, listDirectRooms, listMessages, listRooms, type Row } from '../support/likeminds-pages.js';
import { fetchSdk } from '../support/likeminds-sdk.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { runCli, startCli } from '../support/tidemark-process.js';

const ROOM_API = 'https://auth.likeminds.community/chatroom';
const JWT_SECRET = 'the secret of the server under test';
const FETCH_PATIENCE_MS = 6 * 60_000;
const HOUR_MS = 60 * 60_000;

type Params = Readonly<Record<string, unknown>>;

/** A server with one community, for all tests: to start one for each takes longer than the tests. */
interface World extends AsyncDisposable {
  readonly url: string;
  readonly community: number;
  readonly apiKey: string;
}

async function openWorld(): Promise<World> {
  const folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  const { stdout, stderr } = await runCli(['community', 'create', 'Acme', '--manager', 'ann', '--db', db]);
  const [, community, apiKey] = /^community (\d+)\nAPI key (\S+)/.exec(stdout) ?? [];
  if (apiKey === undefined) throw new Error(`no community: ${stderr}`);
  const server = await startCli(['--db', db], { TIDEMARK_JWT_SECRET: JWT_SECRET });
  const close = async (): Promise<void> => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  return { url: server.url, community: Number(community), apiKey, [Symbol.asyncDispose]: close };
}

let world: World;

beforeAll(async () => {
  await fetchSdk();
  world = await openWorld();
}, FETCH_PATIENCE_MS);

afterAll(() => world?.[Symbol.asyncDispose]());

/** A device on which a user has logged in. */
async function logIn(uid: string): Promise<Device> {
  const device = startDevice(world.url);
  await ask(device, 'initiateUser', loginOf(uid));
  return device;
}

function loginOf(uid: string, apiKey = world.apiKey): Params {
  return { apiKey, isGuest: false, userUniqueId: uid, userName: uid.toUpperCase() };
}

/** Dashboards make rooms; the SDK has no method for it, but passes requests on. */
async function createRoom(device: Device, room: Params): Promise<number> {
  const answer = await ask(device, 'makeAuthenticatedRequest', ROOM_API, { method: 'POST', data: room });
  return (answer as { chatroom: Row }).chatroom.id;
}

async function openDirectRoom(device: Device, uuid: string): Promise<number> {
  const answer = await ask(device, 'createDMChatroomWithUuid', { uuid });
  return (answer as { chatroom: Row }).chatroom.id;
}

/** The number of the new message. */
async function post(device: Device, message: Params): Promise<number> {
  const method = message['polls'] === undefined ? 'postConversation' : 'postPollConversation';
  // Of messages the user interface makes this a text, of polls a number.
  const temporaryId = method === 'postConversation' ? String(Math.random()) : Date.now();
  const { id } = (await ask(device, method, { temporaryId, ...message })) as Row;
  return id;
}

async function findMessage(device: Device, room: number, id: number): Promise<Row | undefined> {
  return (await listMessages(device, room)).find((message) => message.id === id);
}

describe('the shipped JavaScript SDK', () => {
  test('KT-50: it logs in, and comes back with the tokens that it kept', async () => {
    await using ann = await logIn('ann');
    const { community } = world;
    const login = (await ask(ann, 'initiateUser', loginOf('ann'))) as Params;
    const who = {
      user: { name: 'ANN', state: 1, sdkClientInfo: { uuid: 'ann', community } },
      community: { id: community, name: 'Acme' },
      appAccess: true,
    };
    expect(login).toMatchObject(who);

    await using restarted = startDevice(world.url);
    const { accessToken, refreshToken } = login;
    expect(await ask(restarted, 'validateUser', { accessToken, refreshToken })).toMatchObject(who);
    expect(await listRooms(restarted)).toEqual(await listRooms(ann));

    const refused = await restarted.call('initiateUser', loginOf('ann', 'not the key'));
    expect(refused).toEqual({ result: null, requests: ['POST /sdk/initiate 400'] });
  });

  test('KT-50: what one device posts, the other one and another user see at their next sync', async () => {
    await using ann = await logIn('ann');
    await using annsOther = await logIn('ann');
    await using ben = await logIn('ben');
    const chatroomId = await createRoom(ann, { title: 'Team', header: 'All of us', uuids: ['ben'] });
    const text = await post(ann, { chatroomId, text: 'Shall we?', hasFiles: false });
    await post(ben, { chatroomId, text: 'Yes: https://example.org', repliedConversationId: text });
    const picture = { url: 'https://example.org/a.png', type: 'image', name: 'a.png', index: 0, width: 640 };
    const attachments = [{ ...picture, height: 480, thumbnailUrl: 'https://example.org/t.png' }];
    await post(annsOther, { chatroomId, text: '', hasFiles: true, attachments });
    const polls = [{ text: 'Monday' }, { text: 'Friday' }];
    const expiryTime = Date.now() + HOUR_MS;
    const rules = { state: 10, pollType: 0, multipleSelectState: 0, multipleSelectNo: 1, isAnonymous: false };
    await post(ann, { chatroomId, text: 'When?', polls, expiryTime, allowAddOption: false, ...rules });

    const messages = [
      {
        answer: 'When?',
        author: 'ann',
        options: [
          { text: 'Monday', author: 'ann', isSelected: false },
          { text: 'Friday', author: 'ann', isSelected: false },
        ],
        expiryTime,
      },
      {
        answer: '',
        author: 'ann',
        attachments: [
          { ...picture, fileUrl: picture.url, height: 480, thumbnailUrl: 'https://example.org/t.png' },
        ],
      },
      { answer: 'Yes: https://example.org', author: 'ben', replied: 'ann: Shall we?' },
      { answer: 'Shall we?', author: 'ann', createdAt: expect.stringMatching(/^\d\d:\d\d$/) as string },
      { answer: 'All of us', author: 'ann', state: 1 },
    ];
    for (const device of [ann, annsOther, ben]) {
      expect(await listMessages(device, chatroomId)).toMatchObject(messages);
    }
    const room = { title: 'Team', header: 'All of us', community: 'Acme', last: 'ann: When?' };
    expect(await findRoom(annsOther, chatroomId)).toMatchObject({ ...room, unseenCount: 0 });
    // Ben wrote after the first message, and had thereby read it.
    expect(await findRoom(ben, chatroomId)).toMatchObject({ ...room, unseenCount: 2 });

    const one = { chatroomId, conversationId: text, page: 1, pageSize: 1, isLocalDb: false, minTimestamp: 0 };
    expect(await ask(ben, 'getConversations', { ...one, maxTimestamp: Date.now() })).toMatchObject({
      conversationsData: [{ id: text, answer: 'Shall we?' }],
    });
  });

  test('KT-50: a message that it sends again is there once', async () => {
    await using ann = await logIn('ann');
    await using annsOther = await logIn('ann');
    const chatroomId = await createRoom(ann, { title: 'Team' });
    const message = { chatroomId, text: 'hello', temporaryId: '-1795297822664' };
    expect(await post(ann, message)).toBe(await post(ann, message));
    const temporaryId = message.temporaryId;
    expect(await listMessages(annsOther, chatroomId)).toMatchObject([{ temporaryId }, { state: 1 }]);
  });

  test('KT-50: edits, reactions, votes, topics and deletions reach the other devices', async () => {
    await using ann = await logIn('ann');
    await using annsOther = await logIn('ann');
    await using ben = await logIn('ben');
    const chatroomId = await createRoom(ann, { title: 'Team', uuids: ['ben'] });
    const first = await post(ann, { chatroomId, text: 'frist' });
    const second = await post(ann, { chatroomId, text: 'second' });
    const third = await post(ben, { chatroomId, text: 'third' });
    const rules = { state: 10, pollType: 2, multipleSelectState: 0, multipleSelectNo: 1, isAnonymous: false };
    const poll = await post(ben, {
      chatroomId,
      text: 'Tea?',
      polls: [{ text: 'Yes' }, { text: 'No' }],
      allowAddOption: true,
      expiryTime: Date.now() + HOUR_MS,
      ...rules,
    });

    expect(await ask(ann, 'editConversation', { conversationId: first, text: 'first' })).toMatchObject({
      conversation: { id: first, answer: 'first', isEdited: true, member: { uuid: 'ann' } },
    });
    for (const reaction of ['👍', '❤️']) {
      await ask(ann, 'putReaction', { chatroomId, conversationId: third, reaction });
    }
    await ask(ben, 'putReaction', { conversationId: first, reaction: '🙂' });
    await ask(ben, 'putReaction', { conversationId: second, reaction: '🙂' });
    await ask(ben, 'deleteReaction', { chatroomId, conversationId: first, reaction: '🙂' });
    await ask(ann, 'setChatroomTopic', { chatroomId, conversationId: third });
    const added = await ask(ann, 'addPollOption', { conversationId: poll, poll: { text: 'Coffee' } });
    const { poll: coffee } = added as { poll: Row };
    await ask(ann, 'submitPoll', { conversationId: poll, polls: [{ id: coffee.id }] });
    const deletion = { conversationIds: [second], reason: 'none' };
    expect(await ask(annsOther, 'deleteConversation', deletion)).toMatchObject({
      conversations: [{ id: second, deletedBy: expect.any(Number) as number }],
    });

    const messages = [
      { id: poll, pollAnswerText: '1 member voted' },
      { id: third, reactions: [['ann', '❤️']], hasReactions: true },
      { id: second, deleter: 'ann' },
      { id: first, answer: 'first', isEdited: true, reactions: undefined, hasReactions: false },
      { answer: 'Team', state: 1 },
    ];
    for (const device of [annsOther, ben]) {
      expect(await listMessages(device, chatroomId)).toMatchObject(messages);
      expect(await findRoom(device, chatroomId)).toMatchObject({ topic: 'ben: third', last: 'ben: Tea?' });
    }
    const votes = [
      { text: 'Yes', author: 'ben', noVotes: 0, percentage: 0 },
      { text: 'No', author: 'ben', noVotes: 0, percentage: 0 },
      { text: 'Coffee', author: 'ann', noVotes: 1, percentage: 100 },
    ];
    const [voters, others] = await Promise.all(
      [annsOther, ben].map((it) => findMessage(it, chatroomId, poll)),
    );
    expect(voters).toMatchObject({ options: [votes[0], votes[1], { ...votes[2], isSelected: true }] });
    expect(others).toMatchObject({ options: [votes[0], votes[1], { ...votes[2], isSelected: false }] });
    expect(await ask(ben, 'getPollUsers', { pollId: coffee.id, conversationId: poll })).toMatchObject({
      members: [{ sdkClientInfo: { uuid: 'ann' } }],
    });
  });

  test('KT-50: what is read, muted and followed on one device is so on the other', async () => {
    await using ann = await logIn('ann');
    await using ben = await logIn('ben');
    await using bensOther = await logIn('ben');
    const chatroomId = await createRoom(ann, { title: 'Team', uuids: ['ben'] });
    for (const text of ['one', 'two', 'three']) await post(ann, { chatroomId, text });
    expect(await findRoom(bensOther, chatroomId)).toMatchObject({ unseenCount: 3, muteStatus: false });

    await ask(ben, 'markReadChatroom', { chatroomId });
    await ask(ben, 'muteChatroom', { chatroomId, value: true });
    expect(await findRoom(bensOther, chatroomId)).toMatchObject({ unseenCount: 0, muteStatus: true });

    await post(ann, { chatroomId, text: 'four' });
    expect(await findRoom(bensOther, chatroomId)).toMatchObject({ unseenCount: 1, last: 'ann: four' });
    await ask(bensOther, 'chatroomSeenWithUuid', {
      collabcardId: chatroomId,
      uuid: 'ben',
      collabcardType: 0,
    });
    expect(await findRoom(ben, chatroomId)).toMatchObject({ unseenCount: 0 });

    await ask(ben, 'followChatroomWithUuid', { collabcardId: chatroomId, uuid: 'ben', value: false });
    expect(await findRoom(bensOther, chatroomId)).toBeUndefined();

    await using cat = await logIn('cat');
    expect(await cat.call('postConversation', { chatroomId, text: 'me too' })).toMatchObject({
      result: null,
      requests: ['POST /conversation 403'],
    });
    await ask(cat, 'followChatroomWithUuid', { collabcardId: chatroomId, uuid: 'cat', value: true });
    await post(cat, { chatroomId, text: 'me too' });
    expect(await findRoom(ann, chatroomId)).toMatchObject({ unseenCount: 1, last: 'cat: me too' });
  });

  test('KT-50: two users have one direct room, whoever opens it', async () => {
    await using dan = await logIn('dan');
    await using dansOther = await logIn('dan');
    await using eve = await logIn('eve');
    const chatroomId = await openDirectRoom(dan, 'eve');
    expect(await openDirectRoom(eve, 'dan')).toBe(chatroomId);
    await post(dan, { chatroomId, text: 'psst' });
    const room = { id: chatroomId, type: 10, author: 'dan', peer: 'eve', last: 'dan: psst' };
    expect(await listDirectRooms(dansOther)).toMatchObject([{ ...room, unseenCount: 0 }]);
    expect(await listDirectRooms(eve)).toMatchObject([{ ...room, unseenCount: 1, chatRequestState: 1 }]);
    expect(await listRooms(eve)).toEqual([]);
  });

  test('KT-50: it turns pages of rooms and of messages until an empty one, and has each once', async () => {
    await using fay = await logIn('fay');
    await using faysOther = await logIn('fay');
    const rooms: number[] = [];
    for (let count = 0; count < 23; count += 1) rooms.push(await createRoom(fay, { title: `room ${count}` }));
    for (const chatroomId of rooms) await post(fay, { chatroomId, text: 'hello' });
    expect((await listRooms(faysOther)).map(({ id }) => id)).toEqual(rooms.toReversed());

    const chatroomId = rooms[0] ?? 0;
    const texts = Array.from({ length: 120 }, (_, index) => `message ${index}`);
    for (const text of texts) await post(fay, { chatroomId, text });
    const found = (await listMessages(faysOther, chatroomId)).map(({ answer }) => answer);
    expect(found).toEqual([...texts.toReversed(), 'hello', 'room 0']);
  });

  test('KT-50: when its access token has expired, it gets another one and makes the call again', async () => {
    await using ann = await logIn('ann');
    await using annsOther = await logIn('ann');
    const chatroomId = await createRoom(ann, { title: 'Team' });
    await ann.call('networkLibrary.setAccessToken', expiredToken('access'));
    const message = { chatroomId, text: 'hello' };
    expect(await ann.call('postConversation', message)).toMatchObject({
      result: { success: true },
      requests: ['POST /conversation 401', 'POST /user/refresh 200', 'POST /conversation 200'],
    });
    expect(await ann.call('fetchDMFeed', { page: 1, pageSize: 10, chatroomTypes: [10] })).toMatchObject({
      result: { success: true },
      requests: ['GET /chatroom/sync 200'],
    });
    expect(await listMessages(annsOther, chatroomId)).toMatchObject([{ answer: 'hello' }, { state: 1 }]);
  });

  test('KT-50: when the refresh token has expired as well, it has the app log in again', async () => {
    await using ann = await logIn('ann');
    const accessToken = expiredToken('access');
    const refreshToken = expiredToken('refresh');
    expect(await ann.call('validateUser', { accessToken, refreshToken })).toMatchObject({
      result: { success: true, data: { user: { uuid: 'ann' } } },
      requests: [
        'GET /sdk/initiate 401',
        'POST /user/refresh 401',
        'POST /sdk/initiate 200',
        'GET /sdk/initiate 200',
      ],
    });
  });
});

/** As the server signed it two hours ago, for one hour. */
function expiredToken(typ: 'access' | 'refresh'): string {
  const clockTimestamp = Date.now() - 2 * HOUR_MS;
  const sign = createSigner({ algorithm: 'HS256', key: JWT_SECRET, expiresIn: HOUR_MS, clockTimestamp });
  return sign({ sub: 'ann', community: world.community, typ });
}
