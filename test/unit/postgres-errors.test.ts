import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.js';
import { isConnectionLost, translateError } from '../../src/storage/postgres/postgres-errors.js';

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function serverError(code: string): Error {
  return Object.assign(new DatabaseError(code, 0, 'error'), { code });
}

// One has five capital letters, as an SQLSTATE may.
test.each(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ENOENT'].map(systemError))(
  'ST-24: a connection that ends with %s is lost, and the database away',
  (error) => {
    expect(isConnectionLost(error)).toBe(true);
    expect(translateError(error)).toMatchObject({ code: 'UNAVAILABLE' });
  },
);

test('ST-24: so it is when the server ends it; what is wrong with a statement is no such thing', () => {
  for (const code of ['57P01', '57P05', '25P03', '25P04']) {
    expect(isConnectionLost(serverError(code))).toBe(true);
    expect(translateError(serverError(code))).toMatchObject({ code: 'UNAVAILABLE' });
  }
  expect(isConnectionLost(serverError('42601'))).toBe(false);
  expect(translateError(serverError('42601'))).not.toBeInstanceOf(AppError);
});
