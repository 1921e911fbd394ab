/**
 * The replies of sync are put together as text: half of each row are fields that say nothing and are the same in
 * all rows, and these are made text once. The others are written out: to make an object of them first takes twice as long. What is long is a list of texts, which become one when they are bytes. What
 * the text has to be is said by the schemas, and a test holds it to that.
 */

/** The fields of an object, as they stand between its braces. */
export function fieldsJson(fields: object): string {
  return JSON.stringify(fields).slice(1, -1);
}

/** A text that may be missing. */
export function textJson(text: string | undefined): string {
  return text === undefined ? 'null' : JSON.stringify(text);
}

/** The texts of an object whose keys are the ids of rows. */
export function mapJson<Row extends { readonly id: number }>(
  rows: readonly Row[],
  toJson: (row: Row) => string,
): string[] {
  return ['{', ...rows.map((row, index) => `${index === 0 ? '' : ','}"${row.id}":${toJson(row)}`), '}'];
}

/** The texts of an array. */
export function arrayJson<Row>(rows: readonly Row[], toJson: (row: Row) => string): string[] {
  return ['[', ...rows.map((row, index) => (index === 0 ? toJson(row) : `,${toJson(row)}`)), ']'];
}
