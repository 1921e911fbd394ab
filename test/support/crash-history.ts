import {
  person,
  textOf,
  type ChannelName,
  type Sent,
  type WireMessage,
  type WukongClient,
} from './wukong-client.js';

/** A message as its sender knows it, once the server has acknowledged it. */
export interface AckedSend {
  readonly from: string;
  readonly channel: ChannelName;
  readonly clientMsgNo: string;
  readonly text: string;
  readonly sent: Sent;
}

export interface AckedClear {
  readonly uid: string;
  readonly channel: ChannelName;
  readonly seq: number;
}

/** All of a channel's messages that `uid` can read, oldest first, page by page. */
export async function readLog(
  client: WukongClient,
  uid: string,
  channel: ChannelName,
): Promise<WireMessage[]> {
  const log: WireMessage[] = [];
  for (;;) {
    const next = { start_message_seq: log.length + 1, pull_mode: 1, limit: 100 };
    const { messages, more } = await client.messages(uid, channel, next);
    log.push(...messages);
    if (more === 0) return log;
  }
}

/** What a conversation has to show, counted message by message. */
export interface Expected {
  readonly unread: number;
  readonly last_msg_seq: number;
  readonly last_client_msg_no: string;
  readonly readed_to_msg_seq: number;
  readonly timestamp: number;
}

export function recompute(uid: string, log: readonly WireMessage[], clearedTo: number): Expected {
  const ownSeqs = log.filter(({ from_uid: from }) => from === uid).map(({ message_seq: seq }) => seq);
  const readSeq = Math.max(0, clearedTo, ...ownSeqs);
  const newest = log.at(-1);
  return {
    unread: log.filter(({ message_seq: seq, from_uid: from }) => seq > readSeq && from !== uid).length,
    last_msg_seq: newest?.message_seq ?? 0,
    last_client_msg_no: newest?.client_msg_no ?? '',
    readed_to_msg_seq: readSeq,
    timestamp: newest?.timestamp ?? 0,
  };
}

/** A name for the channel that does not depend on who looks at it. */
export function nameOf(uid: string, { channel_id: id, channel_type: type }: ChannelName): string {
  return type === 1 ? `1:${[uid, id].toSorted().join('+')}` : `${type}:${id}`;
}

/** The same channel as somebody else names it. */
export function asSeenBy(uid: string, from: string, channel: ChannelName): ChannelName {
  return channel.channel_type === 1 && channel.channel_id === uid ? person(from) : channel;
}

/** A log entry and an acknowledgement in the same words. */
export function describeMessage(message: WireMessage): string {
  const { from_uid: from, client_msg_no: no, message_seq: seq, message_id: id } = message;
  return JSON.stringify([from, no, seq, id, textOf(message)]);
}

export function describeAck({ from, clientMsgNo, text, sent }: AckedSend): string {
  return JSON.stringify([from, clientMsgNo, sent.message_seq, sent.message_id, text]);
}
