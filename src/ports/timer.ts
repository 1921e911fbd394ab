/** Does things later. */
export interface Timer {
  /** Calls back once after `ms`. Returns how to call that off. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once what has arrived in the meantime had its turn. */
  soon(callback: () => void): void;
}
