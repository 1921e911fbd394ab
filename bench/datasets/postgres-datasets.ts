import { PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { copyToPostgres } from './copy-to-postgres.js';
import { type Dataset, migrate } from './provide-dataset.js';
import type { Shape } from './shapes.js';

/** As an operator would have it: what is acknowledged is on disk, and memory is used. */
const SETTINGS = { fsync: 'on', full_page_writes: 'on', shared_buffers: '512MB', max_wal_size: '4GB' };

interface PostgresDatasetsOptions {
  readonly folder: string;
  readonly say: (line: string) => void;
  provide(this: void, shape: Shape): Dataset;
}

/** Data sets as databases of a PostgreSQL that is started when the first one is wanted, and gone with the run. */
export class PostgresDatasets implements AsyncDisposable {
  readonly #options: PostgresDatasetsOptions;
  #cluster: PostgresCluster | undefined;

  constructor(options: PostgresDatasetsOptions) {
    this.#options = options;
  }

  /** The URL of a new database. */
  async provide(shape: Shape): Promise<string> {
    const { folder, say, provide } = this.#options;
    const { path, name } = provide(shape);
    this.#cluster ??= await PostgresCluster.start({ settings: SETTINGS, parent: folder });
    const url = await this.#cluster.createDatabase();
    say(`copying ${name} to PostgreSQL…`);
    migrate(url);
    await copyToPostgres(path, url);
    return url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster?.[Symbol.asyncDispose]();
  }
}
