import { queryOnce } from '../../postgres-cluster/query-once.js';

const COLUMNS = `
  SELECT c.relname AS "table", c.reloptions AS options,
    json_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
      || CASE WHEN a.attcollation = t.typcollation THEN '' ELSE format(' COLLATE %I', l.collname) END
      || CASE WHEN d.adbin IS NULL THEN '' ELSE ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END
      || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END ORDER BY a.attnum) AS columns
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
  LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  GROUP BY c.relname, c.reloptions ORDER BY c.relname COLLATE "C"`;

/** Keys before those that refer to them. */
const CONSTRAINTS = `
  SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS text
  FROM pg_constraint AS c
  WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'c')
  ORDER BY c.contype DESC, c.conname COLLATE "C"`;

const REFERENCES = CONSTRAINTS.replace("IN ('p', 'c')", "= 'f'");

const INDEXES = `
  SELECT i.indexdef AS text FROM pg_indexes AS i
  WHERE i.schemaname = 'public'
    AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conname = i.indexname AND c.contype = 'p')
  ORDER BY i.indexname COLLATE "C"`;

interface Table {
  readonly table: string;
  readonly options: readonly string[] | null;
  readonly columns: readonly string[];
}

/** The statements that make a database's schema: so it can be run. */
export async function dumpPostgresSchema(url: string): Promise<string> {
  const tables = await queryOnce<Table & { [name: string]: unknown }>(url, COLUMNS);
  const creations = tables.map(({ table, options, columns }) => {
    const settings = options ? ` WITH (${options.join(', ')})` : '';
    return `CREATE TABLE ${table} (\n  ${columns.join(',\n  ')}\n)${settings};\n`;
  });
  const listTexts = async (query: string): Promise<string> => {
    const rows = await queryOnce<{ text: string }>(url, query);
    return rows.map(({ text }) => `${text.replaceAll('public.', '')};\n`).join('');
  };
  const rest = [await listTexts(CONSTRAINTS), await listTexts(INDEXES), await listTexts(REFERENCES)];
  return [...creations, ...rest].join('\n');
}
