import type { PollRules } from './room.js';

const EXACTLY = 0;
const AT_MOST = 1;

/** Whether a vote names as many options as its poll asks for. */
export function isVoteComplete(
  { multipleSelectState, multipleSelectNo }: Pick<PollRules, 'multipleSelectState' | 'multipleSelectNo'>,
  count: number,
): boolean {
  if (multipleSelectState === EXACTLY) return count === multipleSelectNo;
  if (multipleSelectState === AT_MOST) return count >= 1 && count <= multipleSelectNo;
  return count >= multipleSelectNo;
}
