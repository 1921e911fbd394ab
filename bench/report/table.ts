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

/** One line for each row that has something to say beside its numbers. */
export function formatNotes(rows: readonly Row[]): string {
  const notes = rows.flatMap((row) => [row.note, ...listIdle(row)].map((note) => ({ row, note })));
  return notes.flatMap(({ row, note }) => (note === undefined ? [] : `${row.title}: ${note}.\n`)).join('');
}

/** Below this share of a core, a server was not what limited its throughput. */
const BUSY_MIN = 0.85;

function listIdle({ subject, baseline }: Row): string[] {
  return [subject, baseline].flatMap((side) => {
    const busy = side?.busy ? median(side.busy) : 1;
    return busy < BUSY_MIN
      ? [`the server (${side?.name}) was busy for ${Math.round(busy * 100)} % of the time`]
      : [];
  });
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
  return `${side.name} ${formatValue(median(side.values), side.unit)}`;
}

/** Three digits say all that a measurement knows; of large numbers all are written. */
export function formatValue(value: number, unit: Unit): string {
  const isLarge = value >= 100;
  const digits = isLarge ? Math.round(value).toString() : value.toPrecision(3);
  const grouped = digits.replaceAll(/\B(?=(?:\d{3})+$)/g, isLarge ? ' ' : '');
  return `${grouped}${unit === '/s' ? '/s' : ` ${unit}`}`;
}
