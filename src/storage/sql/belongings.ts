import type { Attachment, Poll, PollOption, Reaction, Widget } from '../../domain/room.js';
import { parseObject } from './parse-object.js';
import type { RoomMessageRow } from './room-message-rows.js';

/** What hangs on messages, by their ids. */
export interface Belongings {
  readonly attachments: ReadonlyMap<number, Attachment[]>;
  readonly reactions: ReadonlyMap<number, Reaction[]>;
  readonly polls: ReadonlyMap<number, Poll>;
  readonly widgets: ReadonlyMap<number, Widget>;
}

/** What an engine reads of these, each kind in the order in which it is shown. */
export interface BelongingRows {
  readonly attachments: readonly AttachmentRow[];
  readonly reactions: readonly ReactionRow[];
  readonly polls: readonly PollRow[];
  readonly options: readonly OptionRow[];
  readonly widgets: readonly WidgetRow[];
}

export type AttachmentRow = readonly [messageId: number, id: number, content: string];

export type ReactionRow = readonly [messageId: number, id: number, userId: number, reaction: string];

export type WidgetRow = readonly [messageId: number, id: string, metadata: string, createdAtMs: number];

export type PollRow = readonly [
  messageId: number,
  pollType: number,
  multipleSelectState: number,
  multipleSelectNo: number,
  isAnonymous: number,
  allowAddOption: number,
  expiresAtMs: number | null,
  voters: number,
];

export type OptionRow = readonly [
  messageId: number,
  id: number,
  text: string,
  userId: number,
  votes: number,
  isSelected: number,
];

/** Those that can have reactions: a reaction changes its message. */
export function changedOf(rows: readonly RoomMessageRow[]): RoomMessageRow[] {
  return rows.filter(([, , , , , , , , version, updatedVersion]) => updatedVersion > version);
}

export function toBelongings(rows: BelongingRows): Belongings {
  return {
    attachments: groupByMessage(rows.attachments, ([, id, content]) => ({
      id,
      content: parseObject(content),
    })),
    reactions: groupByMessage(rows.reactions, ([, id, userId, reaction]) => ({ id, userId, reaction })),
    polls: toPolls(rows),
    widgets: new Map(
      rows.widgets.map(([messageId, id, metadata, createdAtMs]) => {
        return [messageId, { id, metadata: parseObject(metadata), createdAtMs }];
      }),
    ),
  };
}

function toPolls(rows: Pick<BelongingRows, 'polls' | 'options'>): Map<number, Poll> {
  const options = groupByMessage(rows.options, ([, id, text, userId, votes, isSelected]): PollOption => {
    return { id, text, userId, votes, isSelected: isSelected === 1 };
  });
  return new Map(
    rows.polls.map((row) => {
      const [messageId, pollType, multipleSelectState, multipleSelectNo, ...others] = row;
      const [isAnonymous, allowAddOption, expiresAtMs, voters] = others;
      const poll = {
        pollType,
        multipleSelectState,
        multipleSelectNo,
        isAnonymous: isAnonymous === 1,
        allowAddOption: allowAddOption === 1,
        expiresAtMs: expiresAtMs ?? undefined,
        options: options.get(messageId) ?? [],
        voters,
      };
      return [messageId, poll];
    }),
  );
}

function groupByMessage<Row extends readonly [messageId: number, ...unknown[]], Value>(
  rows: readonly Row[],
  toValue: (row: Row) => Value,
): Map<number, Value[]> {
  const groups = new Map<number, Value[]>();
  for (const row of rows) {
    const present = groups.get(row[0]);
    if (present) present.push(toValue(row));
    else groups.set(row[0], [toValue(row)]);
  }
  return groups;
}
