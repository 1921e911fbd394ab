import type { Topic } from '../domain/topic.js';

/** That something was committed, and whom it concerns. */
export interface Change {
  readonly communityId: number;
  readonly topics: readonly Topic[];
}

export type ChangeListener = (change: Change) => void;
