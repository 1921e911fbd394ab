import { defineConfig } from 'vitest/config';

/**
 * `unit` is what `npm run check` runs on every save (seconds, no sockets); `full` adds everything that opens
 * a socket or a process; `built` runs the storage contract on the store as the built server opens it; `postgres` has
 * a PostgreSQL, which its set-up starts. `npm test` runs all.
 *
 * Files of one project share their processes: to load everything anew for each took a third of the time. So a file
 * leaves nothing behind that another one could see.
 */
export default defineConfig({
  test: {
    // Much of the time is spent waiting for processes and disks.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          isolate: false,
          name: 'unit',
          include: ['test/{unit,contract,property,migrations}/**/*.test.ts'],
          // For a busy machine; nothing takes this long when all is well.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          isolate: false,
          name: 'full',
          include: ['test/{http,races,e2e}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          isolate: false,
          name: 'built',
          include: ['test/contract/**/*.test.ts'],
          exclude: ['test/contract/sqlite*.test.ts'],
          env: { TIDEMARK_TEST_STORES: 'built' },
          testTimeout: 30_000,
        },
      },
      {
        test: {
          isolate: false,
          name: 'postgres',
          include: [
            'test/{postgres,contract}/**/*.test.ts',
            'test/property/{copies,increments,messages,model-equivalence,paging,reads,rooms-model,topics}.test.ts',
            'test/http/{wukong,kettle}/**/*.test.ts',
            'test/http/{both-dialects,fuzz}.test.ts',
            'test/races/{concurrency,kettle-paging,two-microseconds,wait}.test.ts',
          ],
          // These look into a SQLite file; the last is about what comes before any store.
          exclude: [
            'test/contract/sqlite*.test.ts',
            'test/http/kettle/demonstrations.test.ts',
            'test/http/wukong/hostile-input.test.ts',
          ],
          globalSetup: 'test/support/postgres-setup.ts',
          env: { TIDEMARK_TEST_STORES: 'postgres' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
