import { channelTopic, NEW_USER_TOPIC, type Topic, userTopic } from '../../domain/topic.js';
import type { Version } from '../../domain/version.js';
import type { Community } from './memory-state.js';

export function listTopics(community: Community, uid: string): Topic[] {
  const user = community.users.get(uid);
  if (!user) return [NEW_USER_TOPIC];
  const channels = [...community.channels.values()].filter(({ members }) => members.get(uid)?.isMember);
  return [userTopic(user.id), ...channels.map(({ id }) => channelTopic(id))];
}

interface Before {
  readonly version: Version;
  /** How many there were. */
  readonly users: number;
}

/** Whom everything that changed since then concerns. */
export function topicsSince(community: Community, before: Before): Topic[] {
  const channels = [...community.channels.values()];
  const members = channels.flatMap((channel) => [...channel.members.values()]);
  return [
    ...channels.filter(({ version }) => version > before.version).map(({ id }) => channelTopic(id)),
    ...members.filter(({ version }) => version > before.version).map(({ userId }) => userTopic(userId)),
    ...(community.users.size > before.users ? [NEW_USER_TOPIC] : []),
  ];
}
