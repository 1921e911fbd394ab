/** The wall clock. It may jump in either direction; nothing may depend on its being right. */
export interface Clock {
  /** Milliseconds since 1970, whole. */
  nowMs(): number;
}
