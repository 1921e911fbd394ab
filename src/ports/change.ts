import type { Topic } from '../domain/topic.js';
import type { Version } from '../domain/version.js';

/** That something was committed, and whom it concerns. */
export interface Change {
  readonly communityId: number;
  /** The last version before, and the last one with it: what lies between is this change and no other. */
  readonly after: Version;
  readonly upTo: Version;
  /** All, where it is not known which: whoever waits in this community looks again. */
  readonly topics: readonly Topic[] | 'all';
}

export type ChangeListener = (change: Change) => void;

/** Carries what was committed to all who want to know of it, in this process and in those beside it. */
export interface ChangeBus {
  publish(change: Change): void;
  subscribe(listener: ChangeListener): void;
}
