import { invalidArgument } from '../../domain/errors.js';
import { INSTANT_POLL, OPEN_POLL } from '../../domain/poll-results.js';
import type { PollRules } from '../../domain/room.js';
import { findFlag, findInteger, findObjects, findText, findTimestampMs, type Params } from './parameters.js';

const MAX_OPTIONS = 100;
const OPTION_MAX_BYTES = 1024;
const MAX_SELECT_STATE = 2;

export type NewPoll = PollRules & { readonly options: readonly string[] };

/** The poll in the body of a message that is one. Without a word on choices, one option can be voted for. */
export function readPoll(body: Params): NewPoll {
  const options = findObjects(body, 'polls', MAX_OPTIONS).map((option) => readOption(option, 'polls'));
  const allowAddOption = findFlag(body, 'allow_add_option') ?? false;
  if (options.length === 0 && !allowAddOption) throw invalidArgument('polls', 'must name an option');
  const multipleSelectNo = findInteger(body, 'multiple_select_no', { min: 0, max: MAX_OPTIONS }) || 1;
  if (multipleSelectNo > options.length && !allowAddOption) {
    throw invalidArgument('multiple_select_no', 'must not be more than there are options');
  }
  const neverEnds = findFlag(body, 'no_poll_expiry') ?? false;
  return {
    pollType: findInteger(body, 'poll_type', { min: INSTANT_POLL, max: OPEN_POLL }) ?? INSTANT_POLL,
    multipleSelectState: findInteger(body, 'multiple_select_state', { min: 0, max: MAX_SELECT_STATE }) ?? 0,
    multipleSelectNo,
    isAnonymous: findFlag(body, 'is_anonymous') ?? false,
    allowAddOption,
    expiresAtMs: neverEnds ? undefined : findTimestampMs(body, 'expiry_time') || undefined,
    options,
  };
}

/** The text of an option, `{"text": "…"}`. */
export function readOption(option: Params, field: string): string {
  const text = findText(option, 'text', OPTION_MAX_BYTES)?.trim();
  if (!text) throw invalidArgument(field, 'must have a text');
  return text;
}
