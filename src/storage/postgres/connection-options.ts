import { type ClientConfig, types } from 'pg';
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  IDLE_IN_TRANSACTION_TIMEOUT_MS,
  LOCK_TIMEOUT_MS,
  REPLICA_ANSWER_TIMEOUT_MS,
  REPLICA_CONNECT_TIMEOUT_MS,
  REPLICA_STATEMENT_TIMEOUT_MS,
  STATEMENT_TIMEOUT_MS,
} from './time-outs.js';

const INT8: number = types.builtins.INT8;

/** No statement here takes long enough to be worth compiling. */
const NO_COMPILER = '-c jit=off';

/** How every connection is opened that serves requests. */
export function connectionOptions(url: string): ClientConfig & { readonly pipeline: true } {
  return {
    ...plainOptions(url),
    // Statements go out without waiting for the results of those before them.
    pipeline: true,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    options: NO_COMPILER,
  };
}

/** The same for a replica. Where it takes longer, the primary is asked in its place. */
export function replicaOptions(url: string): ClientConfig & { readonly pipeline: true } {
  return {
    ...connectionOptions(url),
    connectionTimeoutMillis: REPLICA_CONNECT_TIMEOUT_MS,
    statement_timeout: REPLICA_STATEMENT_TIMEOUT_MS,
    query_timeout: REPLICA_ANSWER_TIMEOUT_MS,
    options: `${NO_COMPILER} -c default_transaction_read_only=on`,
  };
}

/** A connection that may take as long as it needs. */
export function plainOptions(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'tidemark',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  };
}

/** 64-bit integers arrive as text. All that are stored are ids, counts or versions: exact as doubles. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format);
}
