import { StartupError } from '../domain/startup-error.js';
import { withoutPassword } from '../ports/database-name.js';
import { MigrationError } from './migrations.js';

/** A StartupError that says what to do, or the error itself when it is none that an operator can mend. */
export function explainPostgresFailure(error: unknown, url: string): unknown {
  if (!(error instanceof Error)) return error;
  const db = withoutPassword(url);
  if (error instanceof StartupError) {
    const message = `${db}: ${error.message}`;
    if (error instanceof MigrationError) return new MigrationError(message, { cause: error });
    return new StartupError(message, { cause: error });
  }
  const advice = adviceFor(error, db);
  return advice === undefined ? error : new StartupError(advice, { cause: error });
}

function adviceFor(error: Error, db: string): string | undefined {
  const code = 'code' in error ? String(error.code) : '';
  const elsewhere = 'or name another database with --db (TIDEMARK_DB)';
  switch (code) {
    case '28P01':
    case '28000':
      return `${db} refuses this user: correct the name and the password, ${elsewhere}`;
    case '3D000':
      return `${db} does not exist: make it with CREATE DATABASE, ${elsewhere}`;
    case '25006':
      return `${db} can only be read (${error.message}): name the primary if it is a replica, ${elsewhere}`;
    case '42501':
      return `this user may not do what is needed on ${db} (${error.message}): grant him CONNECT on the database and CREATE on its schema, ${elsewhere}`;
    case '53300':
      return `${db} takes no more connections: raise its max_connections, or set --db-connections (TIDEMARK_DB_CONNECTIONS) lower`;
    case '57P01':
    case '57P03':
      return `${db} is starting up or shutting down: try again when it is there`;
    default:
      return isUnreachable(code, error.message)
        ? `${db} cannot be reached (${code || error.message}): start PostgreSQL, correct host and port, ${elsewhere}`
        : undefined;
  }
}

function isUnreachable(code: string, message: string): boolean {
  return /^(E[A-Z]+|08...|ERR_[A-Z_]+)$/.test(code) || /^(Connection terminated|timeout)/.test(message);
}
