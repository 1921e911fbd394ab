import { GROUP_CHANNEL } from '../../src/domain/channel.js';
import { conversationsShape, CROWD, extremesShape, FEW, LIGHT } from '../datasets/shapes.js';
import { groupName, READERS, uidOf } from '../datasets/user-class.js';
import { NEW_ID, post, type Request } from '../load/request.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { atLeast, atMost } from '../report/row.js';
import { alternate, divide } from './alternate.js';
import type { Station } from './bench.js';
import { startBaseline, teachBare } from './contestants.js';
import { saturate, toSide } from './saturate.js';

/** Each connection sends its next message when the one before is on disk. */
export const SENDERS = 64;

export const sends: Station = {
  ids: ['send'],
  run: async (bench) => {
    const title = '`POST /message/send`, durable (`synchronous=FULL`), 64 concurrent senders';
    bench.say(title);
    await using tidemark = await startTidemark({
      db: bench.copy(bench.provide(conversationsShape(bench.scale))),
    });
    await using bare = await startBaseline({ serve: 'bare' });
    const requests = messagesOf(LIGHT, READERS);
    await teachBare(bare, tidemark, messagesOf(LIGHT, READERS, SAMPLE_ID));
    const saturation = { requests, connections: SENDERS };
    const [ofTidemark = [], ofBare = []] = await alternate(
      bench,
      [tidemark, bare].map((contestant) => saturate(bench, saturation, contestant)),
    );
    const subject = toSide('Tidemark', ofTidemark);
    const baseline = toSide('bare', ofBare);
    const values = divide(subject.values, baseline.values);
    return [{ id: 'send', title, subject, baseline, unit: '×', values, target: atLeast(0.4, 'bare POST') }];
  },
};

/** As long as the ids that the load generator makes. */
export const SAMPLE_ID = 'an-id-of-thirty-three-characters.';

export const groupSizes: Station = {
  ids: ['group-size'],
  run: async (bench) => {
    const title = 'send to a group of 100 000 against a group of 10';
    bench.say(title);
    const dataset = bench.provide(extremesShape(bench.scale));
    await using tidemark = await startTidemark({ db: bench.copy(dataset) });
    const [ofCrowd = [], ofFew = []] = await alternate(
      bench,
      [CROWD, FEW].map((name) =>
        saturate(bench, { requests: messagesOf(name, 1), connections: SENDERS }, tidemark),
      ),
    );
    const subject = toSide('100 000', ofCrowd);
    const baseline = toSide('10', ofFew);
    // Throughput is the reciprocal of time.
    const values = divide(baseline.values, subject.values);
    return [
      { id: 'group-size', title, subject, baseline, unit: '×', values, target: atMost(1.2, '× the time') },
    ];
  },
};

/** One message to each of the first groups of a class, by the user who began it. */
export function messagesOf(className: string, groups: number, id = NEW_ID): Request[] {
  const payload = Buffer.from('{"type":1,"content":"This is a new message"}').toString('base64');
  return Array.from({ length: groups }, (_, group) =>
    post('/message/send', {
      from_uid: uidOf({ name: className }, group),
      channel_id: groupName(className, group),
      channel_type: GROUP_CHANNEL,
      client_msg_no: id,
      payload,
    }),
  );
}
