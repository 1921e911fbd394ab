/** What vitest.config.ts says that tests run on. */
export const chosenStores = process.env['TIDEMARK_TEST_STORES'];

/** Then a statement goes through a socket and a write waits for it, so what takes very many of them takes fewer. */
export const isOnPostgres = chosenStores === 'postgres';
