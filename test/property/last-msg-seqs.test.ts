import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_CHANNEL_TYPE } from '../../src/domain/channel.js';
import { AppError } from '../../src/domain/errors.js';
import { isIdentifier } from '../../src/domain/identifier.js';
import { type LastMsgSeq, parseLastMsgSeqs } from '../../src/domain/last-msg-seqs.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';

const MEBIBYTE = 2 ** 20;
const RUNS = { runs: 1500 };

/** What ids of real systems are made of, and what the form itself is made of. */
const pieces = fc.constantFrom(
  ':',
  '|',
  '%',
  '%7C',
  '1',
  '23',
  'a',
  'room',
  '🐟',
  'é',
  ' ',
  '@',
  'auth0|5f7c',
  'ns:room:1',
  '::',
  '||',
);

/** Ids that the form can carry: an entry cannot end inside one, and none looks like an empty entry before it. */
const ids = fc
  .oneof(
    fc.array(pieces, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  )
  .filter((id) => isIdentifier(id) && !id.startsWith('|') && !/:\d+:\d+\|/.test(id));

const entries: fc.Arbitrary<LastMsgSeq> = fc.record({
  channelId: ids,
  channelType: fc.integer({ min: 1, max: MAX_CHANNEL_TYPE }),
  seq: fc.oneof(fc.nat({ max: 1000 }), fc.maxSafeNat()),
});

function build(list: readonly LastMsgSeq[]): string {
  return list.map(write).join('|');
}

function write({ channelId, channelType, seq }: LastMsgSeq): string {
  return `${channelId}:${channelType}:${seq}`;
}

/** The field that an error names; fails when the text can be read, or the error is of another kind. */
function fieldAtFault(text: string): string | undefined {
  try {
    parseLastMsgSeqs(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_ARGUMENT') return error.field;
    throw error;
  }
  return expect.unreachable(`was read: ${text}`);
}

/** What was read, written again; or the field that is named as being at fault. */
function readBack(text: string): string | undefined {
  try {
    return build(parseLastMsgSeqs(text));
  } catch {
    return fieldAtFault(text);
  }
}

describe('last_msg_seqs', () => {
  test(
    'WK-5: what was built is read back, whatever the ids hold',
    () =>
      checkProperty(
        fc.property(fc.array(entries, { maxLength: 12 }), (list) => {
          expect(parseLastMsgSeqs(build(list))).toEqual(list);
        }),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test('WK-5: ids of the systems that we know', () => {
    expect(parseLastMsgSeqs('auth0|5f7c:1:10|ns:room:1:2:20|a|b|c:2:3|50%|:2:0')).toEqual([
      { channelId: 'auth0|5f7c', channelType: 1, seq: 10 },
      { channelId: 'ns:room:1', channelType: 2, seq: 20 },
      { channelId: 'a|b|c', channelType: 2, seq: 3 },
      { channelId: '50%|', channelType: 2, seq: 0 },
    ]);
    expect(parseLastMsgSeqs('')).toEqual([]);
  });

  test(
    'WK-5: an entry that has an end but cannot be read names its index',
    () =>
      checkProperty(
        fc.property(
          fc.array(entries, { maxLength: 5 }),
          fc.constantFrom(
            ':2:3',
            ' :2:3',
            'a:0:3',
            'a:256:3',
            'a:99999999999999999999:3',
            'a:2:9007199254740992',
            '|a:2:3',
            '\n:2:3',
          ),
          fc.array(entries, { maxLength: 5 }),
          (before, malformed, after) => {
            const text = [...before.map(write), malformed, ...after.map(write)].join('|');
            expect(fieldAtFault(text)).toBe(`last_msg_seqs[${before.length}]`);
          },
        ),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'WK-5: an empty entry, or a rest that is none, names its index',
    () =>
      checkProperty(
        fc.property(
          fc.array(entries, { minLength: 1, maxLength: 5 }),
          fc.constantFrom(
            '',
            'a',
            'a:2',
            'a:2:',
            'a::3',
            'a:2:x',
            'a:x:3',
            'a:2:-3',
            'a:2:3.5',
            'a:2:3 ',
            ':',
            '::',
          ),
          (before, malformed) => {
            expect(fieldAtFault([...before.map(write), malformed].join('|'))).toBe(
              `last_msg_seqs[${before.length}]`,
            );
          },
        ),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'WK-5: an empty entry in between names its index',
    () =>
      checkProperty(
        fc.property(
          fc.array(entries, { minLength: 1, maxLength: 5 }),
          fc.array(entries, { minLength: 1, maxLength: 5 }),
          (before, after) => {
            expect(fieldAtFault(`${build(before)}||${build(after)}`)).toBe(`last_msg_seqs[${before.length}]`);
          },
        ),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'WK-5: any text is read whole, or refused by the name of an entry',
    () =>
      checkProperty(
        fc.property(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc
              .array(fc.oneof(pieces, fc.constantFrom(':1:2', ':1:2|')), { maxLength: 30 })
              .map((parts) => parts.join('')),
          ),
          (text) => {
            const withoutZeros = text.replaceAll(/:0*(\d+):0*(\d+)(?=\||$)/g, ':$1:$2');
            const allowed = [withoutZeros, expect.stringMatching(/^last_msg_seqs\[\d+\]$/)];
            expect(allowed).toContainEqual(readBack(text));
          },
        ),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test.each([
    ['colons', ':'.repeat(MEBIBYTE)],
    ['bars', '|'.repeat(MEBIBYTE)],
    ['digits', `a:${'1'.repeat(MEBIBYTE)}`],
    ['digits twice', `a:${'1'.repeat(MEBIBYTE / 2)}:${'1'.repeat(MEBIBYTE / 2)}x`],
    ['digits and bars', '1|'.repeat(MEBIBYTE / 2)],
    ['digits and colons', '1:'.repeat(MEBIBYTE / 2)],
    ['ends without beginnings', ':1:1|'.repeat(MEBIBYTE / 5)],
    ['colons and bars', ':|'.repeat(MEBIBYTE / 2)],
    ['half an entry', 'a:1|'.repeat(MEBIBYTE / 4)],
    ['entries', 'a:1:1|'.repeat(MEBIBYTE / 6)],
    ['digits after each colon', `${':11111111'.repeat(MEBIBYTE / 9)}x`],
  ])('WK-5: a mebibyte of %s takes linear time', (_name, text) => {
    const started = performance.now();
    expect(fieldAtFault(text)).toMatch(/^last_msg_seqs/);
    // Quadratic time would be minutes.
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('ER-4: at most 10 000 channels are named', () => {
  const name = (count: number): string =>
    Array.from({ length: count }, (_, index) => `${index}:2:1`).join('|');
  expect(parseLastMsgSeqs(name(10_000))).toHaveLength(10_000);
  expect(() => parseLastMsgSeqs(name(10_001))).toThrowError(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', field: 'last_msg_seqs' }) as Error,
  );
});
