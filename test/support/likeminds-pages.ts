import { ask, type Device } from './likeminds-device.js';

/** The sizes of pages that the SDK's user interface for React asks for. */
const ROOM_PAGE_SIZE = 10;
const MESSAGE_PAGE_SIZE = 50;

const POLL_STATE = 10;

export interface Row {
  readonly id: number;
  readonly [name: string]: unknown;
}

type Meta<Value> = Readonly<Record<string, Value>>;

interface SyncPage {
  readonly chatroomsData?: readonly Row[];
  readonly conversationsData?: readonly Row[];
  readonly communityMeta: Meta<{ readonly name: string }>;
  readonly userMeta: Meta<{ readonly sdkClientInfo: { readonly uuid: string } }>;
  readonly conversationMeta: Meta<{ readonly answer: string; readonly userId: number }>;
  readonly convAttachmentsMeta: Meta<readonly Row[]>;
  readonly convPollsMeta: Meta<readonly Row[]>;
  readonly convReactionsMeta: Meta<readonly Row[]>;
}

/** The rooms that a device lists, newest first. */
export function listRooms(device: Device): Promise<Row[]> {
  return listPages((page) => {
    // The SDK sends this list without its brackets, and the other one with them.
    const query = { pageSize: ROOM_PAGE_SIZE, chatroomTypes: [0, 7], minTimestamp: 0 };
    return ask(device, 'getHomeFeed', { page, ...query, maxTimestamp: Date.now() });
  });
}

export async function findRoom(device: Device, id: number): Promise<Row | undefined> {
  return (await listRooms(device)).find((room) => room.id === id);
}

export function listDirectRooms(device: Device): Promise<Row[]> {
  return listPages((page) => {
    const query = { pageSize: MESSAGE_PAGE_SIZE, chatroomTypes: [10], minTimestamp: 0 };
    return ask(device, 'fetchDMFeed', { page, ...query, maxTimestamp: Date.now() });
  });
}

/** The messages that a device finds in a room, newest first. */
export function listMessages(device: Device, chatroomId: number): Promise<Row[]> {
  return listPages((page) => {
    const range = { minTimestamp: 0, maxTimestamp: Number.MAX_SAFE_INTEGER };
    const query = { page, pageSize: MESSAGE_PAGE_SIZE, chatroomId, isLocalDb: false };
    return ask(device, 'getConversations', { ...query, ...range });
  });
}

/** Turns pages until one is empty, as the user interface does. */
async function listPages(askFor: (page: number) => Promise<unknown>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let number = 1; ; number += 1) {
    const page = (await askFor(number)) as SyncPage;
    const found = page.chatroomsData ?? page.conversationsData ?? [];
    if (found.length === 0) return rows;
    rows.push(...found.map((row) => withReferences(row, page)));
  }
}

/**
 * A row and, by name, what it refers to. The user interface looks all of it up without asking whether it is
 * there; here, what is missing throws.
 */
function withReferences(row: Row, page: SyncPage): Row {
  const nameOf = (id: unknown) => lookUp(page.userMeta, id)?.sdkClientInfo.uuid;
  const messageOf = (id: unknown) => {
    const message = lookUp(page.conversationMeta, id);
    return message && `${nameOf(message.userId)}: ${message.answer}`;
  };
  return {
    ...row,
    community: lookUp(page.communityMeta, row['communityId'])?.name,
    author: nameOf(row['userId']),
    peer: nameOf(row['chatroomWithUserId']),
    deleter: nameOf(row['deletedByUserId']),
    last: messageOf(row['lastConversationId']),
    topic: messageOf(row['topicId']),
    replied: messageOf(row['replyId']),
    attachments: lookUp(page.convAttachmentsMeta, row['attachmentCount'] ? row.id : undefined),
    options: lookUp(page.convPollsMeta, row['state'] === POLL_STATE ? row.id : undefined)?.map((option) => {
      return Object.assign(option, { author: nameOf(option['userId']) });
    }),
    reactions: page.convReactionsMeta[row.id]?.map(({ reaction, userId }) => [nameOf(userId), reaction]),
  };
}

function lookUp<Value>(meta: Meta<Value>, id: unknown): Value | undefined {
  if (typeof id !== 'number') return undefined;
  const value = meta[id];
  if (value === undefined) throw new Error(`a row refers to ${id}, which is not on its page`);
  return value;
}
