import { queryOnce } from '../postgres-cluster/query-once.js';

const BEGUN = 'a commit is delayed';
const ENDED = 'a delayed commit goes on';

/**
 * From now on some transactions that write a message take a while to commit, and others overtake them: versions that
 * are not given out in the order of the commits show then.
 */
export async function delayCommits(url: string): Promise<void> {
  await queryOnce(
    url,
    `CREATE FUNCTION delay_commit() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF random() < 0.05 THEN
         RAISE LOG '${BEGUN}';
         PERFORM pg_sleep(random() * 0.06);
         RAISE LOG '${ENDED}';
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

export interface DelayedCommits {
  readonly begun: number;
  /** Of them, those whose session was not ended meanwhile. */
  readonly ended: number;
}

/** What PostgreSQL's log says of them. */
export function countDelayedCommits(log: string): DelayedCommits {
  const count = (sign: string): number => log.split(`LOG:  ${sign}`).length - 1;
  return { begun: count(BEGUN), ended: count(ENDED) };
}
