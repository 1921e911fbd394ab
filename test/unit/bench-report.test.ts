import { describe, expect, test } from 'vitest';
import { renderChart } from '../../bench/report/chart.js';
import { renderResults, type Run } from '../../bench/report/results.js';
import { atLeast, atMost, scoreOf, verdictOf, type Row } from '../../bench/report/row.js';
import { median, percentile, spreadOf } from '../../bench/report/statistics.js';
import { formatValue, renderNotes, renderTable } from '../../bench/report/table.js';
import { alternate, divide } from '../../bench/rows/alternate.js';

const POLL: Row = {
  id: 'idle',
  title: 'idle poll',
  subject: { name: 'Tidemark', unit: '/s', values: [9000, 8000, 12_345] },
  baseline: { name: 'bare', unit: '/s', values: [10_000, 10_000, 10_000] },
  unit: '×',
  values: [0.9, 0.8, 1.25],
  target: atLeast(0.85, 'bare'),
};

const GROWTH: Row = {
  id: 'growth',
  title: 'a million < ten',
  subject: undefined,
  baseline: undefined,
  unit: '×',
  values: [1.5, 1.4],
  target: atMost(1.3, '× the time'),
};

const UNKNOWN: Row = {
  ...GROWTH,
  title: '2 workers',
  values: [],
  target: undefined,
  note: 'there is no flag',
};

describe('what the bench computes', () => {
  test('BN-4: the median is the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([10, 1, 2, 5])).toBe(3.5);
    expect(median([7])).toBe(7);
    expect(() => median([])).toThrow('no median');
  });

  test('BN-4: a percentile is a value that was measured', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(values, 50)).toBe(100);
    expect(percentile(values, 99)).toBe(198);
    expect(percentile([5], 99)).toBe(5);
    expect(() => percentile([], 50)).toThrow('no percentile');
  });

  test('BN-4: a spread goes from the least to the greatest round', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  test('BN-4: ratios are those of the same round', () => {
    expect(divide([10, 30], [5, 10])).toEqual([2, 3]);
  });

  test('BN-4: contestants take turns, each round begins with another one, and a warm-up does not count', async () => {
    const loads: string[] = [];
    const contestant = (name: string) => async (seconds: number) => {
      loads.push(`${name} ${seconds}`);
      return loads.length;
    };
    const lengths = { rounds: 3, seconds: 5, warmUpSeconds: 1 };
    const values = await alternate(lengths, [contestant('a'), contestant('b')]);
    expect(loads).toEqual(['a 1', 'b 1', 'a 5', 'b 5', 'b 5', 'a 5', 'a 5', 'b 5']);
    expect(values).toEqual([
      [3, 6, 7],
      [4, 5, 8],
    ]);
  });

  test('BN-4: a verdict is about the median; exactly the bound is enough', () => {
    expect(verdictOf(POLL)).toBe('ok');
    expect(verdictOf({ ...POLL, values: [0.9, 0.84, 0.8] })).toBe('missed');
    expect(verdictOf({ ...POLL, values: [0.85] })).toBe('ok');
    expect(verdictOf(GROWTH)).toBe('missed');
    expect(verdictOf({ ...GROWTH, values: [1.3] })).toBe('ok');
    expect(verdictOf({ ...POLL, target: undefined })).toBe('no target');
    expect(verdictOf(UNKNOWN)).toBe('n/a');
  });

  test('BN-4: more is better in a score, whichever way the target goes', () => {
    expect(scoreOf({ ...POLL, values: [1.7] })?.median).toBe(2);
    expect(scoreOf({ ...GROWTH, values: [0.65] })?.median).toBe(2);
    expect(scoreOf({ ...GROWTH, values: [2.6, 1.3] })).toEqual({ median: 0.75, min: 0.5, max: 1 });
    expect(scoreOf(UNKNOWN)).toBeUndefined();
  });
});

describe('what the bench shows', () => {
  test('BN-4: the table has median, spread, target and verdict of each row', () => {
    expect(renderTable([POLL, GROWTH, UNKNOWN]).split('\n').map(squeeze)).toEqual([
      '| case | subject | baseline | ratio | spread | target | verdict |',
      '|---|---|---|---|---|---|---|',
      '| idle poll | Tidemark: 9 000/s | bare: 10 000/s | 0.900 × | 0.800 × to 1.25 × | ≥ 0.85 × bare | ok |',
      '| a million < ten | | | 1.45 × | 1.40 × to 1.50 × | ≤ 1.3 × the time | missed |',
      '| 2 workers | | | | | | n/a |',
    ]);
  });

  test('BN-4: processor time stands beside throughput, and idle servers are told of', () => {
    const cpu = [{ microsecondsEach: 61.25, cores: 0.5 }];
    const row: Row = { ...POLL, subject: { name: 'Tidemark', unit: '/s', values: [9000], cpu } };
    expect(renderTable([row])).toContain('Tidemark: 9 000/s, 61.3 µs');
    expect(renderNotes([row, UNKNOWN])).toContain('2 workers: there is no flag.');
    expect(renderNotes([row])).toContain('1 of 1 loads left a server idle for more than 10 % of the time');
    expect(renderNotes([POLL])).toBe('');
  });

  test.each([
    [0.040_51, '×', '0.0405 ×'],
    [1.2, '×', '1.20 ×'],
    [99.96, 'ms', '100 ms'],
    [14.49, 'KB', '14.5 KB'],
    [123_456.7, '/s', '123 457/s'],
  ] as const)('BN-4: %d %s is written as %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  test('BN-5: the chart has a bar for each row with a target, and a line where the target is', () => {
    const svg = renderChart([POLL, GROWTH, UNKNOWN], 'this & that');
    expect(svg.match(/<rect class="ok"/g)).toHaveLength(1);
    expect(svg.match(/<rect class="missed"/g)).toHaveLength(1);
    expect(svg).toContain('<title>this &amp; that</title>');
    expect(svg).toContain('a million &lt; ten');
    expect(svg).not.toContain('2 workers');
    expect(svg).toContain('prefers-color-scheme: dark');
    const targetX = Number(/<line class="target" x1="([\d.]+)"/.exec(svg)?.[1]);
    const [okEnd, missedEnd] = [...svg.matchAll(/<rect .*? x="([\d.]+)" .*? width="([\d.]+)"/g)].map(
      ([, x, width]) => Number(x) + Number(width),
    );
    expect(okEnd).toBeGreaterThan(targetX);
    expect(missedEnd).toBeLessThan(targetX);
  });

  test('BN-5: the results say what was measured, on what, and when', () => {
    const environment = {
      date: '2026-01-02T03:04:05.000Z',
      cores: 2,
      cpu: 'Some CPU',
      memoryGb: 24,
      system: 'linux x64',
      versions: { node: '20.20.2' },
    };
    const run: Run = {
      isQuick: true,
      rounds: 3,
      secondsPerLoad: 0.5,
      environment,
      datasets: [{ name: 'messages-10000', path: '/somewhere', bytes: 5, builtInSeconds: 1.5 }],
      rows: [POLL, UNKNOWN],
    };
    const results = JSON.parse(renderResults(run)) as { rows: unknown[] };
    expect(results).toMatchObject({
      ...environment,
      mode: 'quick',
      rounds: 3,
      datasets: [{ name: 'messages-10000', bytes: 5, builtInSeconds: 1.5 }],
    });
    expect(results.rows).toMatchObject([
      { id: 'idle', case: 'idle poll', median: 0.9, min: 0.8, max: 1.25, verdict: 'ok' },
      { verdict: 'n/a', note: 'there is no flag' },
    ]);
    expect(JSON.stringify(results)).not.toContain('/somewhere');
  });
});

function squeeze(line: string): string {
  return line.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '---');
}
