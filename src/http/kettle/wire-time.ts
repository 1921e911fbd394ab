/** Times as the clients show them: in UTC, since a server does not know where its readers are. */

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `09:05` */
export function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** `03 Oct 2025` */
export function dateText(ms: number): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
