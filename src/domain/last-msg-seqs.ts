import { MAX_CHANNEL_TYPE } from './channel.js';
import { invalidArgument } from './errors.js';
import { isIdentifier } from './identifier.js';

/** More than any client has conversations; each costs a look-up. */
const MAX_ENTRIES = 10_000;

/** One entry of `last_msg_seqs`: the newest message that the client has of a channel. */
export interface LastMsgSeq {
  /** As the client knows the channel: for a person channel, the peer's uid. */
  readonly channelId: string;
  readonly channelType: number;
  readonly seq: number;
}

/**
 * Reads `id:type:seq|id:type:seq`.
 *
 * Real ids contain both separators (`ns:room:1`, `auth0|5f7c`). So an entry ends only at a `|` that
 * follows `:digits:digits`, and an entry is split from the right. Nothing is skipped: an entry that
 * cannot be read is an error that names its index, since a client whose gap report is ignored would wait
 * for its messages for ever.
 *
 * @throws AppError INVALID_ARGUMENT
 */
export function parseLastMsgSeqs(text: string): LastMsgSeq[] {
  if (text === '') return [];
  // The bar comes first in the pattern: looked for the other way round, digits without a bar take quadratic time.
  const entries = text.split(/\|(?<=:\d+:\d+\|)/);
  if (entries.length > MAX_ENTRIES) {
    throw invalidArgument('last_msg_seqs', `must name at most ${MAX_ENTRIES} channels`);
  }
  return entries.map(parseEntry);
}

function parseEntry(entry: string, index: number): LastMsgSeq {
  const [, channelId = '', typeDigits = '', seqDigits = ''] = /^(.*):(\d+):(\d+)$/s.exec(entry) ?? [];
  const channelType = Number(typeDigits);
  const seq = Number(seqDigits);
  const isReadable =
    isIdentifier(channelId) &&
    !channelId.startsWith('|') &&
    channelType >= 1 &&
    channelType <= MAX_CHANNEL_TYPE &&
    Number.isSafeInteger(seq);
  if (!isReadable) throw invalidArgument(`last_msg_seqs[${index}]`, 'is not of the form id:type:seq');
  return { channelId, channelType, seq };
}
