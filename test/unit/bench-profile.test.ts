import { describe, expect, test } from 'vitest';
import { summarizeProfile } from '../../bench/profile/summarize-profile.js';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 4 });

const PROFILE = {
  startTime: 1000,
  nodes: [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('all', 'file:///srv/dist/storage/sqlite/statements.js') },
    { id: 3, callFrame: frame('', 'node:internal/streams') },
    // The same function, called from elsewhere.
    { id: 4, callFrame: frame('all', 'file:///srv/dist/storage/sqlite/statements.js') },
  ],
  samples: [3, 1, 2, 3, 4, 1],
  timeDeltas: [100, 100, 60, 20, 20, 500],
};

describe('what the bench reads from a CPU profile', () => {
  test('BN-7: functions are ordered by the time that they took themselves; time without work does not count', () => {
    expect(summarizeProfile(PROFILE, 0)).toEqual([
      { name: '(anonymous) node:internal/streams:5', share: 0.6 },
      { name: 'all sqlite/statements.js:5', share: 0.4 },
    ]);
  });

  test('BN-7: what was before the load is left out', () => {
    expect(summarizeProfile(PROFILE, 1150)).toEqual([
      { name: 'all sqlite/statements.js:5', share: 0.8 },
      { name: '(anonymous) node:internal/streams:5', share: 0.2 },
    ]);
  });
});
