import type { Migration } from '../../src/storage/migrations.js';

/** Migrations 0001_step, 0002_step… of these texts. */
export function makeMigrations(...texts: readonly string[]): Migration[] {
  return texts.map((sql, index) => ({
    number: index + 1,
    name: `${String(index + 1).padStart(4, '0')}_step`,
    sql,
    checksum: `checksum of ${sql}`,
  }));
}
