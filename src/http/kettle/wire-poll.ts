import { Type, type Static } from '@sinclair/typebox';
import { DEFERRED_POLL, hasEnded, OPEN_POLL, pollResults, showsResults } from '../../domain/poll-results.js';
import type { Poll, RoomMessage } from '../../domain/room.js';
import { fieldsJson } from './json-text.js';
import { NullableInteger, NullableText } from './schemas.js';

export const WirePollOption = Type.Object(
  {
    id: Type.Integer(),
    text: Type.String(),
    sub_text: Type.Null(),
    conversation_id: Type.Integer(),
    user_id: Type.Integer({ description: 'who added it' }),
    is_selected: Type.Boolean({ description: 'the reader voted for it' }),
    no_votes: Type.Integer({ description: '0 while results are not shown' }),
    count: NullableInteger,
    percentage: NullableInteger,
  },
  { $id: 'KettlePollOption' },
);

export function toWirePollOptions(
  { id: messageId, poll }: RoomMessage,
  nowMs: number,
): Static<typeof WirePollOption>[] {
  if (poll === undefined) return [];
  const results = pollResults(poll, nowMs);
  return poll.options.map(({ id, text, userId, isSelected }, index) => ({
    id,
    text,
    sub_text: null,
    conversation_id: messageId,
    user_id: userId,
    is_selected: isSelected,
    no_votes: results[index]?.votes ?? 0,
    count: results[index]?.votes ?? null,
    percentage: results[index]?.percentage ?? null,
  }));
}

/** What a message says of its poll; null and false on one without. */
export const PollFields = {
  poll_type: NullableInteger,
  multiple_select_state: NullableInteger,
  multiple_select_no: NullableInteger,
  is_anonymous: Type.Boolean(),
  allow_add_option: Type.Boolean(),
  allow_vote_change: Type.Boolean(),
  no_poll_expiry: Type.Boolean(),
  to_show_results: Type.Boolean(),
  expiry_time: NullableInteger,
  poll_answer_text: NullableText,
  poll_type_text: NullableText,
  submit_type_text: NullableText,
};

const NO_POLL = {
  poll_type: null,
  multiple_select_state: null,
  multiple_select_no: null,
  is_anonymous: false,
  allow_add_option: false,
  allow_vote_change: false,
  no_poll_expiry: false,
  to_show_results: false,
  expiry_time: null,
  poll_answer_text: null,
  poll_type_text: null,
  submit_type_text: null,
} as const;

const NO_POLL_JSON = fieldsJson(NO_POLL);

export function toPollFields(poll: Poll | undefined, nowMs: number) {
  if (poll === undefined) return NO_POLL;
  return {
    poll_type: poll.pollType,
    multiple_select_state: poll.multipleSelectState,
    multiple_select_no: poll.multipleSelectNo,
    is_anonymous: poll.isAnonymous,
    allow_add_option: poll.allowAddOption,
    allow_vote_change: !hasEnded(poll, nowMs),
    no_poll_expiry: poll.expiresAtMs === undefined,
    to_show_results: showsResults(poll, nowMs),
    expiry_time: poll.expiresAtMs ?? null,
    poll_answer_text: answerText(poll.voters),
    poll_type_text: typeText(poll.pollType),
    submit_type_text: poll.isAnonymous ? 'Secret voting' : 'Public voting',
  };
}

export function pollFieldsJson(poll: Poll | undefined, nowMs: number): string {
  return poll === undefined ? NO_POLL_JSON : fieldsJson(toPollFields(poll, nowMs));
}

function answerText(voters: number): string {
  if (voters === 0) return 'Be the first to vote';
  return voters === 1 ? '1 member voted' : `${voters} members voted`;
}

function typeText(pollType: number): string {
  if (pollType === OPEN_POLL) return 'Open poll';
  return pollType === DEFERRED_POLL ? 'Deferred poll' : 'Instant poll';
}
