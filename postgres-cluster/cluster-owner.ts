import { chownSync } from 'node:fs';

/** Nobody and nogroup, on every system that has root. */
const NOBODY = 65_534;

/** Who runs PostgreSQL, as options of `spawn`: it refuses to be root. */
export const clusterOwner: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

export function giveToClusterOwner(path: string): void {
  const { uid, gid } = clusterOwner;
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
