import { unreadCount } from '../../domain/unread.js';
import type { Version } from '../../domain/version.js';
import type { Conversation } from '../../ports/store.js';

/** What the statements of `conversations-sql.ts` return. */
export interface ConversationRow {
  readonly ordinal: number;
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly version: Version;
  readonly isListed: number;
  readonly lastSeq: number;
  readonly lastMessageAtMs: number;
  readonly lastClientMsgNo: string;
  readonly readSeq: number;
  readonly floorSeq: number;
  readonly mark: number;
  readonly uncounted: number;
  readonly joinedVersion: Version;
  readonly knownSeq: number | null;
}

export function toConversation(row: ConversationRow): Omit<Conversation, 'messages' | 'limited'> {
  const { type, name, version, lastSeq, readSeq, floorSeq, mark, uncounted } = row;
  const channel = { type, name };
  if (!row.isListed) return { ...NOTHING, channel, version, isDeleted: true };
  const hasVisible = lastSeq > floorSeq;
  return {
    channel,
    version,
    lastSeq,
    readSeq,
    isDeleted: false,
    unread: unreadCount({
      lastSeq,
      readSeq,
      floorSeq,
      uncounted,
      mark,
    }),
    lastMessageAtMs: hasVisible ? row.lastMessageAtMs : 0,
    lastClientMsgNo: hasVisible ? row.lastClientMsgNo : '',
  };
}

const NOTHING = { unread: 0, lastSeq: 0, readSeq: 0, lastMessageAtMs: 0, lastClientMsgNo: '' };
