import { type Row, scoreOf, verdictOf } from './row.js';
import { formatValue } from './table.js';
import { median, type Spread } from './statistics.js';

const WIDTH = 1000;
const LABELS_WIDTH = 460;
const VALUES_WIDTH = 200;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 14;
const TOP = 56;

/** What is further than this from its target fills the chart. */
const SCORE_MAX = 2;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .ok { fill: #2da44e } .missed { fill: #cf6a32 }
  .spread, .target { stroke: #24292f; stroke-width: 1 } .target { stroke-dasharray: 4 3 }
  .title { font-weight: 600; font-size: 14px }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .spread, .target { stroke: #e6edf3 }
    .ok { fill: #3fb950 } .missed { fill: #db8b53 }
  }`;

/** One bar for each row that has a target: how far it reaches, where the line is the target. */
export function renderChart(rows: readonly Row[], caption: string): string {
  const bars = rows.flatMap((row) => {
    const score = scoreOf(row);
    return score ? [{ row, score }] : [];
  });
  const height = TOP + bars.length * ROW_HEIGHT + 16;
  const targetX = toX(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeText(caption)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="8" y="22">${escapeText(caption)}</text>`,
    `<text x="${targetX}" y="${TOP - 8}" text-anchor="middle">target</text>`,
    ...bars.map(({ row, score }, index) => renderBar(row, score, TOP + index * ROW_HEIGHT)),
    `<line class="target" x1="${targetX}" x2="${targetX}" y1="${TOP}" y2="${height - 12}"/>`,
    '</svg>',
    '',
  ].join('\n');
}

function renderBar(row: Row, score: Spread, y: number): string {
  const { title, target, values, unit } = row;
  const middle = y + ROW_HEIGHT / 2;
  const [left, right] = [toX(0), toX(score.median)];
  const reached = `${formatValue(median(values), unit)} (${target?.words})`;
  return [
    `<text x="${LABELS_WIDTH - 8}" y="${middle + 4}" text-anchor="end">${escapeText(title.replaceAll('`', ''))}</text>`,
    `<rect class="${verdictOf(row)}" x="${left}" y="${middle - BAR_HEIGHT / 2}" width="${round(right - left)}" height="${BAR_HEIGHT}"/>`,
    `<line class="spread" x1="${toX(score.min)}" x2="${toX(score.max)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${WIDTH - VALUES_WIDTH + 8}" y="${middle + 4}">${escapeText(reached)}</text>`,
  ].join('\n');
}

function toX(score: number): number {
  const share = Math.min(score, SCORE_MAX) / SCORE_MAX;
  return round(LABELS_WIDTH + share * (WIDTH - LABELS_WIDTH - VALUES_WIDTH));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
