import { type Conversation, noConversation } from '../../domain/conversation.js';
import { toConversationJson } from '../../domain/conversation-json.js';
import { toMessageJson, toMessagesJson } from '../../domain/message-json.js';
import { NO_VERSION, needsReset, type Cursor, type Version } from '../../domain/version.js';
import type { ConversationPage, ListConversations, Window } from '../../ports/store.js';
import {
  channelMapKey,
  isListed,
  later,
  unreadMessages,
  visibleMessages,
  type Channel,
  type Community,
  type Membership,
} from './memory-state.js';

/** What the client has told of its own state. */
interface ClientState {
  readonly after: Cursor;
  /** It has every message up to this version, of the channels that it is in since then. */
  readonly hasUpTo: Cursor;
  readonly knownSeq: number | undefined;
  readonly messageCount: number;
}

interface Slot {
  readonly version: Version;
  /** The channel's; 0 of one that there is not. Of equal versions, the greater one is the later. */
  readonly id: number;
  readonly shown: Conversation | undefined;
}

/** The whole read path, the obvious way: look at everything, then leave out what was not asked for. */
export function listConversations(
  community: Community,
  nowMs: number,
  query: ListConversations,
): ConversationPage {
  const purged = community.purgedVersions.get(query.uid) ?? NO_VERSION;
  const { after: cursor, includeDeleted } = query;
  const reset = needsReset({ cursor, last: community.lastVersion, nowMs, includeDeleted, purged });
  const { after, known } = reset ? { after: NO_VERSION, known: [] } : query;
  // A conversation that changed again between two portions has kept its earlier messages back.
  const hasUpTo = query.window.kind === 'limit' ? NO_VERSION : after;
  // Who turns pages may have what left the list after its page was turned.
  const mayHaveAny = after > NO_VERSION || (query.window.kind === 'page' && query.window.page > 1);
  const knownSeqs = new Map(known.map(({ channel, seq }) => [channelMapKey(channel), seq]));

  /** What the cursors let through; what is not to be shown of it has no conversation, but its place in the order. */
  const slots: Slot[] = [];
  for (const [mapKey, channel] of community.channels) {
    const { id, members } = channel;
    const membership = members.get(query.uid);
    const knownSeq = knownSeqs.get(mapKey);
    if (!membership || query.excludeTypes.includes(channel.key.type)) continue;
    const client = { after, hasUpTo, knownSeq, messageCount: query.messageCount };
    if (isListed(channel, membership)) {
      const conversation = toConversation(channel, membership, client);
      if (!isNews(conversation, client, knownSeqs.size > 0)) continue;
      const isShown = !query.onlyUnread || conversation.unread > 0;
      slots.push({ id, version: conversation.version, shown: isShown ? conversation : undefined });
    } else {
      const { delistedVersion } = membership;
      const isNamed = knownSeq !== undefined;
      const isToldOf = includeDeleted && (isNamed || (mayHaveAny && delistedVersion > after));
      const version = isToldOf ? later(delistedVersion, after) : hiddenVersion(channel, membership);
      slots.push({ id, version, shown: isToldOf ? noConversation(channel.key, version, true) : undefined });
    }
  }
  if (includeDeleted) slots.push(...unknownOf(community, { ...query, after, known }));
  const page = cut(slots, community.lastVersion, { ...query, after, window: windowOf(query, reset) });
  return { ...page, reset: reset && (query.window.kind !== 'page' || query.window.page === 1) };
}

/** What the client names and the user has never had. */
function unknownOf(community: Community, { uid, after, known, excludeTypes }: ListConversations): Slot[] {
  return known
    .map(({ channel: key }) => key)
    .filter((key) => !community.findChannel(key)?.members.has(uid) && !excludeTypes.includes(key.type))
    .map((key) => ({ version: after, id: 0, shown: noConversation(key, after, true) }));
}

/**
 * A snapshot that replaces what the client has comes whole under a limit, since its portions would replace
 * each other; of its pages, only the first replaces.
 */
function windowOf({ window }: ListConversations, isReset: boolean): Window {
  return window.kind === 'limit' && isReset ? { ...window, limit: Infinity } : window;
}

function isNews(conversation: Conversation, { after, knownSeq }: ClientState, namesAny: boolean): boolean {
  const isChanged = conversation.version > after;
  const hasGap = knownSeq !== undefined && conversation.lastSeq !== knownSeq;
  if (after === NO_VERSION) return !namesAny || knownSeq === undefined || hasGap;
  return isChanged || hasGap;
}

function cut(
  slots: readonly Slot[],
  last: Version,
  { uid, window, after }: ListConversations,
): Omit<ConversationPage, 'reset'> {
  const isAscending = window.kind === 'limit';
  const ascending = slots.toSorted((a, b) => a.version - b.version || a.id - b.id);
  const inOrder = isAscending ? ascending : ascending.toReversed();
  const skip = window.kind === 'page' ? (window.page - 1) * window.size : 0;
  const size = window.kind === 'page' ? window.size : window.kind === 'limit' ? window.limit : Infinity;
  const shown = inOrder
    .slice(skip)
    .map((slot) => slot.shown)
    .filter((conversation) => conversation !== undefined);
  const inside = shown.slice(0, size);
  const conversations = inside.map((conversation) => toConversationJson(conversation, uid));
  const hasMore = shown.length > inside.length;
  const lastShown = inside.at(-1)?.version ?? after;
  const isComplete = !hasMore && skip === 0;
  return { conversations, hasMore, completeUpTo: isComplete ? last : isAscending ? lastShown : after };
}

export function toConversation(channel: Channel, membership: Membership, client: ClientState): Conversation {
  const { hasUpTo, knownSeq, messageCount } = client;
  const visible = visibleMessages(channel, membership);
  const newest = visible.at(-1);
  // A seq beyond the newest is another log's: the client knows nothing of this one.
  const ownKnownSeq = knownSeq !== undefined && knownSeq <= channel.lastSeq ? knownSeq : undefined;
  const wanted = visible.filter(({ seq }) => seq > (ownKnownSeq ?? 0));
  const messages = wanted.toReversed().slice(0, messageCount);
  const left = wanted.slice(0, wanted.length - messages.length);
  const followsCursor = knownSeq === undefined && membership.joinedVersion <= hasUpTo;
  return {
    channel: channel.key,
    version: later(channel.version, membership.version),
    isDeleted: false,
    unread: unreadMessages(channel, membership).length + membership.mark,
    lastSeq: channel.lastSeq,
    readSeq: membership.readSeq,
    lastMessageAtMs: newest?.createdAtMs ?? 0,
    lastClientMsgNo: newest?.clientMsgNo ?? '',
    messages: toMessagesJson(messages.map((message) => toMessageJson(message))),
    limited: left.some(({ version }) => !followsCursor || version > hasUpTo),
  };
}

function hiddenVersion(channel: Channel, membership: Membership): Version {
  return membership.isMember ? later(channel.version, membership.version) : membership.version;
}
