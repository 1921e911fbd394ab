import { expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.js';
import { isConnectionLost, sqlStateOf, translateError } from '../../src/storage/postgres/postgres-errors.js';

function errorWith(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test.each(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ENOENT', '57P01', '08006'])(
  'ST-24: a connection that ends with %s is lost, and the database away',
  (code) => {
    expect(isConnectionLost(errorWith(code))).toBe(true);
    expect(translateError(errorWith(code))).toMatchObject({ code: 'UNAVAILABLE' });
  },
);

test('ST-24: what the server says has an SQLSTATE, what the system says has none', () => {
  expect(sqlStateOf(errorWith('40P01'))).toBe('40P01');
  expect(sqlStateOf(errorWith('P0001'))).toBe('P0001');
  expect(sqlStateOf(errorWith('EPIPE'))).toBeUndefined();
  expect(translateError(errorWith('42601'))).not.toBeInstanceOf(AppError);
});
