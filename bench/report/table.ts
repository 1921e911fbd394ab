import { type Row, type Side, type Unit, verdictOf } from './row.js';
import { median, spreadOf } from './statistics.js';

const HEAD = ['case', 'subject', 'baseline', 'ratio', 'spread', 'target', 'verdict'];

/** The rows as a table in Markdown, with columns of one width. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(toCells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const [head = '', ...body] = lines.map((cells) => {
    return `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  });
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [head, rule, ...body].join('\n');
}

/** What rows have to say beside their numbers, a line each. */
export function renderNotes(rows: readonly Row[]): string {
  const notes = rows.flatMap(({ title, note }) => (note === undefined ? [] : [`${title}: ${note}.`]));
  const isIdle = rows.flatMap(({ subject, baseline }) => [subject, baseline]).flatMap(listBusy);
  const idle = isIdle.filter((cores) => cores < BUSY_MIN).length;
  const share = `${idle} of ${isIdle.length} loads left a server idle for more than ${Math.round((1 - BUSY_MIN) * 100)} % of the time`;
  const cause = 'the load generator was the limit, or something else used the machine';
  return [...notes, ...(idle > 0 ? [`${share}: ${cause}.`] : [])].map((line) => `${line}\n`).join('');
}

/** Below this share of a core, a server was not what limited its throughput. */
const BUSY_MIN = 0.9;

function listBusy(side: Side | undefined): number[] {
  return side?.cpu ? [median(side.cpu.map(({ cores }) => cores))] : [];
}

function toCells(row: Row): string[] {
  const { title, subject, baseline, values, unit, target } = row;
  const spread = values.length > 0 ? spreadOf(values) : undefined;
  return [
    title,
    describeSide(subject),
    describeSide(baseline),
    spread ? formatValue(spread.median, unit) : '',
    spread && values.length > 1 ? `${formatValue(spread.min, unit)} to ${formatValue(spread.max, unit)}` : '',
    target?.words ?? '',
    verdictOf(row),
  ];
}

function describeSide(side: Side | undefined): string {
  if (!side || side.values.length === 0) return '';
  const cpu = side.cpu ? `, ${formatValue(median(side.cpu.map((use) => use.microsecondsEach)), 'µs')}` : '';
  return `${side.name}: ${formatValue(median(side.values), side.unit)}${cpu}`;
}

/** Three digits say all that a measurement knows; of large numbers all are written. */
export function formatValue(value: number, unit: Unit): string {
  const isLarge = value >= 100;
  const digits = isLarge ? Math.round(value).toString() : value.toPrecision(3);
  const grouped = digits.replaceAll(/\B(?=(?:\d{3})+$)/g, isLarge ? ' ' : '');
  return `${grouped}${unit === '/s' ? '/s' : ` ${unit}`}`;
}
