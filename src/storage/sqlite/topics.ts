import { channelTopic, NEW_USER_TOPIC, type Topic, userTopic } from '../../domain/topic.js';
import type { UserScope } from '../../ports/store.js';
import type { Statements } from './statements.js';

export function listTopics(sql: Statements, scope: UserScope): Topic[] {
  const user = sql.get<{ id: number }>(
    'SELECT id FROM users WHERE community_id = @communityId AND uid = @uid',
    scope,
  );
  if (!user) return [NEW_USER_TOPIC];
  const channels = sql.all<{ id: number }>(
    `SELECT channel_id AS id FROM memberships
     WHERE community_id = @communityId AND user_id = @userId AND is_member = 1`,
    { communityId: scope.communityId, userId: user.id },
  );
  return [userTopic(user.id), ...channels.map(({ id }) => channelTopic(id))];
}
