import { GROUP_CHANNEL, PERSON_CHANNEL } from '../domain/channel.js';

/** Where a line of the story is said, in the words of who says it. */
export interface Place {
  readonly channelId: string;
  readonly channelType: number;
}

/** Somebody writes; or, without a text, somebody reads everything up to here. */
export interface Line {
  readonly minutesAgo: number;
  readonly uid: string;
  readonly place: Place;
  readonly text: string | undefined;
}

/** A group names its members before anything is said in it. */
export interface Group {
  readonly place: Place;
  readonly uids: readonly string[];
}

type Row = readonly [minutesAgo: number, uid: string, place: Place, text: string | undefined];
const READ = undefined;

const release = { channelId: 'group123', channelType: GROUP_CHANNEL };
const lunch = { channelId: 'group1', channelType: GROUP_CHANNEL };

export const DEMO_GROUPS: readonly Group[] = [
  { place: release, uids: ['user123', 'user456', 'user789', 'alice', 'bob'] },
  { place: lunch, uids: ['user1', 'user123', 'user456', 'alice', 'carol'] },
];

/**
 * Two days among the colleagues of user123, from whose eyes the documentation tells everything. At the end
 * he has read the lunch group and the chats with user1, user456 and alice; five messages wait for him in
 * the release group and two from user789.
 */
const STORY: readonly Row[] = [
  [2880, 'user456', release, 'Hi all! I opened this group for the 2.4 release.'],
  [2876, 'alice', release, 'Good idea. What is left on our side?'],
  [2871, 'user456', release, 'The import screen and the release notes.'],
  [2868, 'bob', release, 'I take the import screen, it is nearly done.'],
  [2860, 'user123', release, 'Then I write the notes.'],
  [2855, 'user789', release, 'And I test on the old phones.'],
  [2790, 'user1', to('user123'), 'Hi, do you still have the charts from last quarter?'],
  [2784, 'user123', to('user1'), 'Yes. PDF or the spreadsheet?'],
  [2783, 'user1', to('user123'), 'The spreadsheet, please.'],
  [2775, 'user123', to('user1'), 'Sent by mail a minute ago.'],
  [2771, 'user1', to('user123'), 'Got it, thank you!'],
  [2770, 'user123', to('user1'), READ],
  [2700, 'carol', lunch, 'Noodles or the canteen?'],
  [2698, 'user1', lunch, 'Noodles.'],
  [2697, 'alice', lunch, 'Noodles!'],
  [2690, 'user123', lunch, 'The canteen has pancakes today…'],
  [2688, 'carol', lunch, 'Pancakes it is. 12:30 at the door.'],
  [2687, 'user1', lunch, READ],
  [2687, 'alice', lunch, READ],
  [2680, 'user123', lunch, READ],
  [1500, 'user456', to('user123'), 'Could you mention the new search in the notes?'],
  [1492, 'user123', to('user456'), 'Already in. Have a look at the draft, section two.'],
  [1470, 'user456', to('user123'), 'Reads well. I would put it first.'],
  [1465, 'user123', to('user456'), 'Done.'],
  [1440, 'bob', release, 'The import screen is merged.'],
  [1432, 'alice', release, 'I will go through it later today.'],
  [1425, 'user123', release, 'The notes are ready as well, the draft is in the wiki.'],
  [1424, 'bob', release, READ],
  [1300, 'alice', to('user123'), 'Nice notes! Two typos, I corrected them.'],
  [1294, 'user123', to('alice'), 'Thanks, I had read it ten times and seen neither.'],
  [1290, 'alice', to('bob'), 'The import screen hangs on an empty file.'],
  [1281, 'bob', to('alice'), 'Oh. I see why, one moment.'],
  [1240, 'bob', to('alice'), 'Fixed, please try again.'],
  [1228, 'alice', to('bob'), 'Works now.'],
  [120, 'user789', release, 'The old phones are done: one crash, only on Android 9.'],
  [112, 'user456', release, 'Does it stop the release?'],
  [104, 'user789', release, 'No, it is in the share dialog, and a restart helps.'],
  [95, 'bob', release, 'I found the cause, a patch can follow next week.'],
  [40, 'user789', to('user123'), 'Hi there'],
  [38, 'user789', to('user123'), 'Could you add the Android 9 crash to the known problems?'],
  [15, 'user456', release, 'Then we ship tomorrow at ten. Thank you all!'],
];

export const DEMO_STORY: readonly Line[] = STORY.map(([minutesAgo, uid, place, text]) => {
  return { minutesAgo, uid, place, text };
});

function to(uid: string): Place {
  return { channelId: uid, channelType: PERSON_CHANNEL };
}
