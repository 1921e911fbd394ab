interface UnreadParts {
  readonly lastSeq: number;
  readonly readSeq: number;
  /** Messages up to here were deleted by this user, for this user. */
  readonly floorSeq: number;
  /** How many messages above both bounds do not count. */
  readonly uncounted: number;
  /** What the user added by marking the conversation as unread. */
  readonly mark: number;
}

/**
 * The unread equation: everything above what was read and what was deleted, minus the few messages that
 * do not count, plus the manual mark. A user's own messages never lie above his read position, because
 * sending advances it.
 */
export function unreadCount({ lastSeq, readSeq, floorSeq, uncounted, mark }: UnreadParts): number {
  return Math.max(0, lastSeq - Math.max(readSeq, floorSeq)) - uncounted + mark;
}
