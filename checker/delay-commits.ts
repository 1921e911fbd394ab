import { Client } from 'pg';
import { queryOnce } from '../postgres-cluster/query-once.js';

/** Of an advisory lock, which is nobody else's. */
const LOCK = 20_261_122;

const SIGN = 'a commit is delayed';

/**
 * From now on some transactions that write a message take a while to commit, and others overtake them: versions that
 * are not given out in the order of the commits show then. And `holdCommits` can make all of them wait.
 */
export async function delayCommits(url: string): Promise<void> {
  await queryOnce(
    url,
    `CREATE FUNCTION delay_commit() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM pg_advisory_xact_lock_shared(${LOCK});
       IF random() < 0.05 THEN
         RAISE LOG '${SIGN}';
         PERFORM pg_sleep(random() * 0.06);
       END IF;
       RETURN NULL;
     END $$`,
  );
  await queryOnce(
    url,
    `CREATE CONSTRAINT TRIGGER delay_commit AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION delay_commit()`,
  );
}

/** As PostgreSQL's log says. */
export function countDelayedCommits(log: string): number {
  return log.split(`LOG:  ${SIGN}`).length - 1;
}

export interface HeldCommits extends AsyncDisposable {
  /** The user of a session that is in a commit which cannot end. */
  findUser(): Promise<string | undefined>;
}

/** Lets no transaction commit that has written a message, until the end of the block that holds this. */
export async function holdCommits(url: string): Promise<HeldCommits> {
  const client = new Client({ connectionString: url });
  // The database may be ended meanwhile.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  return {
    findUser: async () => {
      const { rows } = await client.query<{ user: string }>(
        `SELECT a.usename AS user FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.objid = $1 AND NOT l.granted`,
        [LOCK],
      );
      return rows[0]?.user;
    },
    [Symbol.asyncDispose]: async () => client.end().catch(() => undefined),
  };
}
