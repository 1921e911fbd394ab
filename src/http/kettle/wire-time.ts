/** Times as the clients show them: in UTC, since a server does not know where its readers are. */

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const MINUTE_MS = 60_000;
const MINUTES_OF_DAY = 24 * 60;

/** `09:05` */
export function clockText(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS) % MINUTES_OF_DAY;
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

/** `03 Oct 2025` */
export function dateText(ms: number): string {
  const date = new Date(ms);
  return `${twoDigits(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
