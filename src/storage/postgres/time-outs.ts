/** How long PostgreSQL is waited for. Each is longer than the one that should strike before it. */
export const CONNECT_TIMEOUT_MS = 5000;

/** Of another process that writes to the same community: its clock's row. */
export const LOCK_TIMEOUT_MS = 5000;

/** The server ends what takes longer. */
export const STATEMENT_TIMEOUT_MS = 10_000;

/** The server ends the transaction of a process that has stopped in the middle of it, so that others can write. */
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/** A server that does not even end a statement cannot be reached any more. */
export const ANSWER_TIMEOUT_MS = 15_000;

/** The same three of a replica, for which the primary can answer. */
export const REPLICA_CONNECT_TIMEOUT_MS = 1000;
export const REPLICA_STATEMENT_TIMEOUT_MS = 2000;
export const REPLICA_ANSWER_TIMEOUT_MS = 3000;

/** A server that has not said goodbye by then when a connection is ended is not waited for. */
export const FAREWELL_MS = 1000;

/** How often a connection on which nothing is asked is tried, and how long that may take. */
export const HEARTBEAT_MS = 5000;
export const HEARTBEAT_TIMEOUT_MS = 10_000;

/** Between two attempts to connect. */
export const RECONNECT_MIN_MS = 100;
export const RECONNECT_MAX_MS = 5000;
