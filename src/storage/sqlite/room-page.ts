import { AppError } from '../../domain/errors.js';
import type { Community } from '../../domain/room.js';
import type { Reader } from '../sql/room-message-rows.js';
import { mentionedIds, type Shown, type ShownPage, toPageMessages, toShownPage } from '../sql/shown-page.js';
import { findBelongings } from './belongings.js';
import { findCommunity, findUsers } from './profiles.js';
import { findReferencedRows } from './room-messages.js';
import type { Statements } from './statements.js';

/** A constant number of statements, whatever is shown. */
export function findShownPage(sql: Statements, reader: Reader, shown: Shown): ShownPage {
  const referencedRows = findReferencedRows(sql, reader, mentionedIds(shown));
  const belongings = findBelongings(sql, reader, [...shown.messages, ...referencedRows]);
  const messages = toPageMessages(shown, referencedRows, belongings);
  const users = findUsers(sql, reader, messages.userIds);
  const community = getCommunity(sql, reader);
  return toShownPage({ rooms: shown.rooms, reader }, messages, { community, users });
}

function getCommunity(sql: Statements, { communityId }: Reader): Community {
  const community = findCommunity(sql, communityId);
  if (community) return community;
  throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
}
