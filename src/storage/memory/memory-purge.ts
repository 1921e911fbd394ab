import { NO_VERSION } from '../../domain/version.js';
import type { PurgeMemberships, PurgeMessages } from '../../ports/store.js';
import { later, type Community } from './memory-state.js';

export function purgeMemberships(
  communities: Iterable<Community>,
  { before, limit }: PurgeMemberships,
): number {
  let left = limit;
  for (const community of communities) {
    for (const channel of community.channels.values()) {
      for (const { uid, isMember, version, delistedVersion } of channel.members.values()) {
        if (isMember || version >= before || left === 0) continue;
        channel.members.delete(uid);
        left -= 1;
        const present = community.purgedVersions.get(uid) ?? NO_VERSION;
        community.purgedVersions.set(uid, later(present, delistedVersion));
      }
    }
  }
  return limit - left;
}

export function purgeMessages(communities: Iterable<Community>, { limit }: PurgeMessages): number {
  let left = limit;
  for (const community of communities) {
    for (const channel of community.channels.values()) {
      const members = [...channel.members.values()];
      // Members of a deleted channel keep what they see until they leave.
      if (members.some(({ isMember, floorSeq }) => isMember && floorSeq < channel.floorSeq)) continue;
      const purged = channel.messages.filter(({ seq }) => seq <= channel.floorSeq).slice(0, left);
      left -= purged.length;
      channel.messages = channel.messages.filter((message) => !purged.includes(message));
    }
  }
  return limit - left;
}
