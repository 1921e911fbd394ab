import { queryOnce } from '../../postgres-cluster/query-once.js';

/** Ends every session on a database but the one that asks for it, or those of them that are so. Returns how many. */
export async function endSessions(url: string, condition = 'TRUE'): Promise<number> {
  const rows = await queryOnce(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${condition}`,
  );
  return rows.length;
}
