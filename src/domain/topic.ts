/**
 * What a change can concern, so that those who wait for it can be woken: a channel, which concerns all its
 * members, or one user's own state. Numbers, because whoever waits holds one for each of his channels.
 */
export type Topic = number & { readonly [topicBrand]: true };
declare const topicBrand: unique symbol;

export function channelTopic(channelId: number): Topic {
  return (channelId * 2) as Topic;
}

export function userTopic(userId: number): Topic {
  return (userId * 2 + 1) as Topic;
}

/** Concerns whoever waits under a uid that nobody has yet. */
export const NEW_USER_TOPIC = userTopic(0);
