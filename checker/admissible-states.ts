/**
 * What one user's state in one channel can be.
 *
 * An operation such as "mark everything as read" means the newest message at the moment when the server does it,
 * and no client can see that moment: it lies somewhere between the request and its answer, while others send. So
 * the model keeps every state that the contract admits, each with a newest message that was possible then. What
 * replies show narrows them down again.
 */
export interface State {
  readonly isMember: boolean;
  /** The newest message that he has read. */
  readonly readSeq: number;
  /** Messages up to here he has deleted for himself. */
  readonly floorSeq: number;
  /** What marking as unread has added. */
  readonly mark: number;
}

export type Step =
  | { readonly kind: 'send'; readonly seq?: number }
  | { readonly kind: 'clear'; readonly upTo?: number }
  | { readonly kind: 'set unread'; readonly unread: number }
  | { readonly kind: 'delete' }
  | { readonly kind: 'join' }
  | { readonly kind: 'leave' };

export const STRANGER: State = { isMember: false, readSeq: 0, floorSeq: 0, mark: 0 };

/** The newest messages that were possible when a step was done. Both inclusive. */
export interface Heads {
  readonly low: number;
  readonly high: number;
}

/** Every state that can be after `step`. */
export function afterStep(step: Step, before: readonly State[], { low, high }: Heads): State[] {
  const after = new Map<string, State>();
  for (let head = low; head <= high; head += 1) {
    for (const state of before) {
      const next = apply(step, state, head);
      after.set(keyOf(next), next);
    }
  }
  return [...after.values()];
}

/** `head` is the newest message just after the step: for a send, itself. */
function apply(step: Step, state: State, head: number): State {
  if (step.kind === 'join') {
    return state.isMember ? state : { ...state, isMember: true, readSeq: head, mark: 0 };
  }
  // Whoever sends the first message to somebody is in that conversation from then on.
  if (step.kind === 'send') return { ...state, isMember: true, readSeq: step.seq ?? head };
  if (!state.isMember) return state;
  switch (step.kind) {
    case 'clear':
      return { ...state, readSeq: Math.max(state.readSeq, Math.min(step.upTo ?? head, head)), mark: 0 };
    case 'set unread':
      return setUnread(state, step.unread, head);
    case 'delete':
      return { ...state, readSeq: head, floorSeq: head, mark: 0 };
    case 'leave':
      return { ...state, isMember: false, mark: 0 };
    default:
      return step satisfies never;
  }
}

function setUnread(state: State, unread: number, head: number): State {
  const present = countUnread({ ...state, mark: 0 }, head);
  if (unread >= present) return { ...state, mark: unread - present };
  return { ...state, readSeq: head - unread, mark: 0 };
}

/** The unread equation, where every message counts. */
export function countUnread({ readSeq, floorSeq, mark }: State, head: number): number {
  return Math.max(0, head - Math.max(readSeq, floorSeq)) + mark;
}

export function isListed({ isMember, floorSeq, mark }: State, head: number): boolean {
  return isMember && (head > floorSeq || mark > 0);
}

function keyOf({ isMember, readSeq, floorSeq, mark }: State): string {
  return `${isMember} ${readSeq} ${floorSeq} ${mark}`;
}

export function describeState({ isMember, readSeq, floorSeq, mark }: State): string {
  if (!isMember) return `no member (floor ${floorSeq})`;
  return `read to ${readSeq}, deleted to ${floorSeq}, mark ${mark}`;
}
