import { invalidArgument } from '../../domain/errors.js';
import { INSTANT_POLL, OPEN_POLL } from '../../domain/poll-results.js';
import type { PollRules } from '../../domain/room.js';
import { filledText, flag, integer, timestampMs } from './parameter-kinds.js';
import { objects } from './parameter-objects.js';
import type { Values } from './parameters.js';

const MAX_OPTIONS = 100;
const OPTION_MAX_BYTES = 1024;
const MAX_SELECT_STATE = 2;

export type NewPoll = PollRules & { readonly options: readonly string[] };

/** What can be voted for. */
export const PollOption = { text: filledText('what it says', OPTION_MAX_BYTES) };

/** What the body of a message that is a poll says of it. */
export const PollBody = {
  polls: objects('of a poll: its options', { maxItems: MAX_OPTIONS, fields: PollOption }),
  poll_type: integer('when results are shown: 0 to voters, 1 at its end, 2 always', {
    min: INSTANT_POLL,
    max: OPEN_POLL,
  }),
  multiple_select_state: integer('0 exactly, 1 at most, 2 at least', { min: 0, max: MAX_SELECT_STATE }),
  multiple_select_no: integer('so many options; 1 when absent or 0', { min: 0, max: MAX_OPTIONS }),
  is_anonymous: flag('whether voters stay unnamed'),
  allow_add_option: flag('whether others may add options'),
  expiry_time: timestampMs('when it ends; never when absent or 0'),
  no_poll_expiry: flag('whether it never ends, whatever expiry_time says'),
};

/** Without a word on choices, one option can be voted for. */
export function toPoll(body: Values<typeof PollBody>): NewPoll {
  const options = (body.polls ?? []).map(({ text }) => text.trim());
  const allowAddOption = body.allow_add_option ?? false;
  if (options.length === 0 && !allowAddOption) throw invalidArgument('polls', 'must name an option');
  const multipleSelectNo = body.multiple_select_no || 1;
  if (multipleSelectNo > options.length && !allowAddOption) {
    throw invalidArgument('multiple_select_no', 'must not be more than there are options');
  }
  return {
    pollType: body.poll_type ?? INSTANT_POLL,
    multipleSelectState: body.multiple_select_state ?? 0,
    multipleSelectNo,
    isAnonymous: body.is_anonymous ?? false,
    allowAddOption,
    expiresAtMs: body.no_poll_expiry === true ? undefined : body.expiry_time || undefined,
    options,
  };
}
