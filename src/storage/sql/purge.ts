import type { Version } from '../../domain/version.js';
import type { PurgeMemberships, PurgeMessages } from '../../ports/store.js';
import { all, count, run, type Steps } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

export function* purgeMemberships(_transaction: WriteTransaction, command: PurgeMemberships): Steps<number> {
  const ended = yield* all<{
    communityId: number;
    userId: number;
    channelId: number;
    delistedVersion: Version;
  }>(
    `SELECT community_id AS "communityId", user_id AS "userId", channel_id AS "channelId",
       delisted_version AS "delistedVersion"
     FROM memberships INDEXED BY memberships_ended
     WHERE is_member = 0 AND version < @before ORDER BY version LIMIT @limit`,
    command,
  );
  for (const membership of ended) {
    yield run(
      `UPDATE users SET purged_version = @delistedVersion
       WHERE community_id = @communityId AND id = @userId AND purged_version < @delistedVersion`,
      membership,
    );
    yield run(
      `DELETE FROM memberships
       WHERE community_id = @communityId AND user_id = @userId AND channel_id = @channelId`,
      membership,
    );
  }
  return ended.length;
}

/**
 * Takes what nobody can see any more: members of a deleted channel keep what they see until they leave.
 *
 * Others cannot write meanwhile, so members are looked for channel by channel: with NOT EXISTS, PostgreSQL may read all
 * memberships there are.
 */
export function* purgeMessages(_transaction: WriteTransaction, { limit }: PurgeMessages): Steps<number> {
  const left = yield* all<{ communityId: number; channelId: number; oldestSeq: number; floorSeq: number }>(
    `SELECT * FROM (
       SELECT community_id AS "communityId", id AS "channelId", floor_seq AS "floorSeq",
         (SELECT min(seq) FROM messages AS x
          WHERE x.community_id = channels.community_id AND x.channel_id = channels.id) AS "oldestSeq"
       FROM channels INDEXED BY channels_deleted
       WHERE floor_seq > 0 AND (
         SELECT 1 FROM memberships AS m
         WHERE m.community_id = channels.community_id AND m.channel_id = channels.id AND m.is_member = 1
           AND m.floor_seq < channels.floor_seq
         LIMIT 1
       ) IS NULL
     ) AS behind
     WHERE "oldestSeq" <= "floorSeq" LIMIT @limit`,
    { limit },
  );
  let total = 0;
  for (const { communityId, channelId, oldestSeq, floorSeq } of left) {
    if (total === limit) break;
    const toSeq = Math.min(floorSeq, oldestSeq + limit - total - 1);
    yield run(
      `DELETE FROM reactions
       WHERE community_id = @communityId AND channel_id = @channelId AND message_id IN (
         SELECT id FROM messages
         WHERE community_id = @communityId AND channel_id = @channelId AND seq <= @toSeq
       )`,
      { communityId, channelId, toSeq },
    );
    total += yield* count(
      `DELETE FROM messages
       WHERE community_id = @communityId AND channel_id = @channelId AND seq <= @toSeq`,
      { communityId, channelId, toSeq },
    );
  }
  return total;
}
