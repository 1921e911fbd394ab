import { StartupError } from '../domain/startup-error.js';

/** The table in which a database remembers a copy into it (`UnfinishedCopy`) until that is finished. */
export const UNFINISHED_COPY = 'unfinished_copy';

/** Why a database is not opened as a store. */
export function unfinishedCopyError(): StartupError {
  return new StartupError(
    'a copy into it was not finished: run tidemark copy again with the same --from and --to',
  );
}
