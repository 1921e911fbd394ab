import * as fc from 'fast-check';
import { versionOf } from '../../src/domain/conversation-json.js';
import {
  BEYOND_ALL_VERSIONS,
  NO_VERSION,
  parseCursor,
  type Cursor,
  type Version,
} from '../../src/domain/version.js';
import type { ConversationPage, KnownSeq, ListConversations, Window } from '../../src/ports/store.js';
import { group } from './chat.js';
import { channelsOf, COMMUNITIES, USERS } from './history.js';

/** Where a cursor lies, before there is a history to lie in. */
type CursorPick =
  | { readonly kind: 'none' }
  | { readonly kind: 'last' }
  | { readonly kind: 'future' }
  /** At a version of the history, or so far from one. */
  | { readonly kind: 'past'; readonly at: number; readonly offset: number };

export interface QueryPick extends Omit<ListConversations, 'after' | 'known'> {
  readonly cursor: CursorPick;
  readonly known: readonly (readonly [index: number, seq: number])[];
}

const cursor: fc.Arbitrary<CursorPick> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'none' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'last' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'future' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('past' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      offset: fc.oneof(fc.constant(0), fc.integer({ min: -2000, max: 2000 })),
    }),
  },
);

export const windows: fc.Arbitrary<Window> = fc.oneof(
  fc.constant({ kind: 'all' as const }),
  fc.record({ kind: fc.constant('limit' as const), limit: fc.integer({ min: 1, max: 7 }) }),
  fc.record({
    kind: fc.constant('page' as const),
    page: fc.integer({ min: 1, max: 4 }),
    size: fc.integer({ min: 1, max: 4 }),
  }),
);

/** Channels that nobody is in, at the end of each user's own. */
const STRANGE = [group('none'), group('h', 9)];

/** Which of a user's channels, and strange ones, with which seq; a channel once. */
export const knownPicks = fc.uniqueArray(
  fc.tuple(fc.nat({ max: channelsOf('ann').length + STRANGE.length - 1 }), fc.nat({ max: 8 })),
  { selector: ([index]) => index, maxLength: 5 },
);

export const queries: fc.Arbitrary<QueryPick> = fc.record({
  communityId: fc.constantFrom(...COMMUNITIES),
  uid: fc.constantFrom(...USERS, 'stranger'),
  cursor,
  known: fc.oneof(fc.constant([]), knownPicks),
  onlyUnread: fc.boolean(),
  excludeTypes: fc.subarray([1, 2, 5, 9]),
  includeDeleted: fc.boolean(),
  messageCount: fc.constantFrom(0, 1, 2, 50),
  window: windows,
});

export function toKnown(uid: string, picks: QueryPick['known']): KnownSeq[] {
  const channels = [...channelsOf(uid), ...STRANGE];
  return picks.map(([index, seq]) => ({ channel: channels[index] ?? group('none'), seq }));
}

/** The query that a pick means in a history with these versions, oldest first. */
export function toQuery(
  { cursor: pick, known, ...query }: QueryPick,
  versions: readonly Version[],
): ListConversations {
  return { ...query, after: toCursor(pick, versions), known: toKnown(query.uid, known) };
}

function toCursor(pick: CursorPick, versions: readonly Version[]): Cursor {
  if (pick.kind === 'none') return NO_VERSION;
  if (pick.kind === 'future') return BEYOND_ALL_VERSIONS;
  if (pick.kind === 'last') return versions.at(-1) ?? NO_VERSION;
  const version = versions[Math.floor(pick.at * versions.length)] ?? NO_VERSION;
  return parseCursor(Math.max(0, version + pick.offset));
}

/**
 * A page in a form that can be compared. Deletions that stand for what the client named carry its cursor as
 * their version, and so may one conversation that it named; these have no order among each other, and where
 * a window cuts through them, which of them it holds is open.
 */
export function withoutTieOrder(page: ConversationPage, { after, window }: ListConversations): unknown {
  const isCut = page.hasMore || (window.kind === 'page' && window.page > 1);
  const tied = page.conversations.filter((json) => versionOf(json) === after);
  const inOrder = page.conversations.map((json) => (versionOf(json) === after ? 'tied' : json));
  return { ...page, conversations: inOrder, tied: isCut ? tied.length : new Set(tied) };
}
