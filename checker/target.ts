import type { Faults, FaultsDeps } from './faults.js';
import type { StoredRow } from './store-dump.js';

/** What the checker has started: servers to ask and to break, and a database to look into at the end. */
export interface Target extends AsyncDisposable {
  /** What it is, for the events that it has to come across. */
  readonly kind:
    | 'one server'
    | 'one server on PostgreSQL'
    | 'one server on PostgreSQL with a replica'
    | 'servers on PostgreSQL';
  /** When this server, or what it depends on, was last killed, stopped, or went on. */
  lastDisturbedMs(baseUrl: string): number;
  /** Base URL of a server that may be asked. */
  route(): Promise<string>;
  /** An API key of community 1. */
  createApiKey(): Promise<string>;
  createFaults(deps: FaultsDeps): Faults;
  /** The log of the channel that has a message with this client_msg_no, ascending; empty if there is none. */
  readLog(clientMsgNo: string): Promise<readonly StoredRow[]>;
}
