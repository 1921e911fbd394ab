import type { TestProject } from 'vitest/node';
import { PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the PostgreSQL that the project's tests make their databases on: `inject('postgresUrl')`. */
    readonly postgresUrl: string;
  }
}

/** Starts a PostgreSQL for the whole run, or takes the one that TIDEMARK_TEST_POSTGRES names. Never does without. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['TIDEMARK_TEST_POSTGRES'];
  if (url !== undefined) {
    await explainFailure(
      'The PostgreSQL of TIDEMARK_TEST_POSTGRES does not answer',
      queryOnce(url, 'SELECT 1'),
    );
    project.provide('postgresUrl', url);
    return async () => undefined;
  }
  const cluster = await explainFailure('PostgreSQL cannot be started for the tests', PostgresCluster.start());
  project.provide('postgresUrl', cluster.url);
  return () => cluster[Symbol.asyncDispose]();
}

async function explainFailure<Result>(what: string, attempt: Promise<Result>): Promise<Result> {
  try {
    return await attempt;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy =
      'Its programs come with npm ci, and whoever runs them must be able to read node_modules (as root, that is the user nobody). ' +
      'Or set TIDEMARK_TEST_POSTGRES to the URL of a server on which databases may be created.';
    throw new Error(`${what}: ${reason}\n${remedy}`, { cause: error });
  }
}
