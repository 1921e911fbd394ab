import type { Need, Sometimes } from './figures.js';
import type { CheckOptions } from './run-check.js';

/** A fault that has had so long to do its work has no excuse. */
const LONG_RUN_SECONDS = 60;

const ALWAYS: readonly Sometimes[] = [
  'reply dropped',
  'reply applied twice',
  'died before saving its cursor',
  'retry answered with the first answer',
  'slow reader finished',
  'wait woken by a write',
  'limit left more behind',
  'deletion delivered',
  'gap filled',
  'reset seen',
];

const BY_PROCESS: readonly Sometimes[] = [
  'killed between commit and reply',
  'clock stepped back during a poll',
  'stopped with a request in flight',
];

/** Those need a kill, or two messages, at a moment of milliseconds. */
const BY_LUCK: readonly Sometimes[] = [
  'killed inside a commit',
  'killed before the commit',
  'a later message with an earlier time',
];

const BY_DATABASE: readonly Sometimes[] = [
  'refused while the database was away',
  'commit delayed',
  'listening session ended',
  'commit cut off by the database',
];

const BY_REPLICA: readonly Sometimes[] = ['replay paused', 'replica killed', 'replica asked'];

const BY_SEVERAL: readonly Sometimes[] = ['retried at another server', 'wait woken through another server'];

const BY_KETTLE: readonly Sometimes[] = ['edit seen', 'page turned while others wrote'];

/** What a run of this kind has to come across. */
export function expectedEvents({ target, kettleKey, seconds }: CheckOptions): ReadonlyMap<Sometimes, Need> {
  const kind = typeof target === 'string' ? undefined : target.kind;
  const isLong = seconds >= LONG_RUN_SECONDS;
  const byProcess: Need = kind === undefined ? 'impossible' : 'required';
  const byLuck: Need = kind === undefined ? 'impossible' : isLong ? 'required' : 'optional';
  const byKettle: Need = kettleKey === undefined ? 'impossible' : 'required';
  const needs = (events: readonly Sometimes[], need: Need): [Sometimes, Need][] =>
    events.map((event) => [event, need]);
  return new Map([
    ...needs(BY_PROCESS, byProcess),
    ...needs(BY_LUCK, byLuck),
    ...needs(ALWAYS, 'required'),
    ...needs(BY_KETTLE, byKettle),
    ...(kind?.includes('PostgreSQL') ? needs(BY_DATABASE, 'required') : []),
    ...(kind?.endsWith('replica') ? needs(BY_REPLICA, 'required') : []),
    ...(kind?.startsWith('servers') ? needs(BY_SEVERAL, 'required') : []),
  ]);
}
