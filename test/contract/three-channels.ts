import type { Version } from '../../src/domain/version.js';
import { type Chat, group } from '../support/chat.js';

export const [a, b, c, d] = [group('a'), group('b'), group('c'), group('d')];

/** Ann is in a, b and c, with one, two and three messages; returns the version after each channel's last. */
export async function makeThree(chat: Chat): Promise<readonly [Version, Version, Version]> {
  const versions: Version[] = [];
  for (const [index, channel] of [a, b, c].entries()) {
    await chat.join(channel, 'ann');
    await chat.sendMany('bob', channel, index + 1);
    versions.push(await chat.position('ann'));
  }
  const [afterA, afterB, afterC] = versions;
  if (afterA === undefined || afterB === undefined || afterC === undefined) throw new Error('no versions');
  return [afterA, afterB, afterC];
}
