import { AppError } from '../../domain/errors.js';
import type { Community } from '../../domain/room.js';
import type { Reader } from '../sql/room-message-rows.js';
import { mentionedIds, type Shown, type ShownPage, toPageMessages, toShownPage } from '../sql/shown-page.js';
import { findBelongings } from './belongings.js';
import { findCommunity, findUsers } from './profiles.js';
import { findReferencedRows } from './room-messages.js';
import type { Statements } from './statements.js';

/** Three round trips, whatever is shown: what is mentioned, what hangs on it, and who. */
export async function findShownPage(sql: Statements, reader: Reader, shown: Shown): Promise<ShownPage> {
  const [referencedRows, community] = await Promise.all([
    findReferencedRows(sql, reader, mentionedIds(shown)),
    getCommunity(sql, reader),
  ]);
  const belongings = await findBelongings(sql, reader, [...shown.messages, ...referencedRows]);
  const messages = toPageMessages(shown, referencedRows, belongings);
  const users = await findUsers(sql, reader, messages.userIds);
  return toShownPage({ rooms: shown.rooms, reader }, messages, { community, users });
}

async function getCommunity(sql: Statements, { communityId }: Reader): Promise<Community> {
  const community = await findCommunity(sql, communityId);
  if (community) return community;
  throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
}
