import { type ClientConfig, types } from 'pg';
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  IDLE_IN_TRANSACTION_TIMEOUT_MS,
  LOCK_TIMEOUT_MS,
  STATEMENT_TIMEOUT_MS,
} from './time-outs.js';

const INT8: number = types.builtins.INT8;

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
    // No statement here takes long enough to be worth compiling.
    options: '-c jit=off',
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
