import { UNFINISHED_COPY } from '../unfinished-copy.js';

/** Asks for a row where a copy was not finished. Everybody may. */
export const FIND_UNFINISHED_COPY = `SELECT 1 WHERE to_regclass('${UNFINISHED_COPY}') IS NOT NULL`;
