import type { Topic } from '../../domain/topic.js';
import type { Version } from '../../domain/version.js';
import type { Change } from '../../ports/change.js';
import type { Statement } from '../sql/steps.js';

export const NOTIFICATION_CHANNEL = 'tidemark_changes';

/** PostgreSQL takes less than 8000 bytes. */
const MAX_PAYLOAD_BYTES = 7900;

/** Announces a change to all processes, when and if it is committed. */
export function notifyOf(change: Change): Statement {
  const payload = JSON.stringify(change);
  const isTooLong = payload.length > MAX_PAYLOAD_BYTES;
  return {
    text: `SELECT pg_notify('${NOTIFICATION_CHANNEL}', @payload)`,
    parameters: { payload: isTooLong ? JSON.stringify({ ...change, topics: 'all' }) : payload },
    want: 'nothing',
  };
}

/** The change that a payload tells of; undefined where another program has sent it. */
export function parseNotification(payload: string | undefined): Change | undefined {
  try {
    const change = JSON.parse(payload ?? '') as Partial<Record<keyof Change, unknown>>;
    const { communityId, after, upTo, topics } = change;
    const isChange = [communityId, after, upTo].every((part) => Number.isFinite(part));
    if (!isChange || (topics !== 'all' && !Array.isArray(topics))) return undefined;
    return {
      communityId: communityId as number,
      after: after as Version,
      upTo: upTo as Version,
      topics: topics as 'all' | Topic[],
    };
  } catch {
    return undefined;
  }
}
