/** The `db` setting that keeps nothing; any other is the path of a database file. */
export const MEMORY_DB = 'memory:';
