import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { SETTING_ENTRIES } from '../../src/config/settings.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { runCli, startCli } from '../support/tidemark-process.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The blocks of shell lines that talk to a server, in their order. */
const SHELL_BLOCKS = [...README.matchAll(/^```sh\n([^]*?)^```$/gm)]
  .map(([, block = '']) => block)
  .filter((block) => block.includes('curl'));

/** Pastes a block into a shell and returns what each curl printed. */
async function paste(block: string, url: string): Promise<string[]> {
  const here = block.replaceAll('localhost:5001', new URL(url).host);
  // Between the answers, a line that no answer holds.
  const script = here.replaceAll(/^curl/gm, 'echo; echo ====; curl');
  const { stdout } = await promisify(execFile)('bash', ['-eu', '-c', script]);
  return stdout
    .split('====\n')
    .slice(1)
    .map((answer) => answer.trim());
}

describe('the README', () => {
  test('DV-4: its shell lines do what it says, on the demo', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'readme.db');
    expect(await runCli(['demo', '--db', db])).toMatchObject({ code: 0 });
    await using server = await startCli(['--db', db]);
    const [first, clear, badge, mistake] = await Promise.all(
      SHELL_BLOCKS.map((block) => paste(block, server.url)),
    );

    const [sent, bens] = first ?? [];
    expect(JSON.parse(sent ?? '')).toMatchObject({ status: 200, message_seq: 1 });
    expect(JSON.parse(bens ?? '')).toMatchObject([
      { channel_id: 'ann', unread: 1, messages: [{ payload: expect.any(String) as string }] },
    ]);

    const [cleared, news] = clear ?? [];
    expect(JSON.parse(cleared ?? '')).toEqual({ status: 200 });
    expect(JSON.parse(news ?? '')).toMatchObject([{ channel_id: 'group123', unread: 0 }]);

    expect(JSON.parse(badge?.[0] ?? '')).toEqual(
      expect.arrayContaining([expect.objectContaining({ channel_id: 'user789', unread: 2, messages: [] })]),
    );

    expect(README).toContain(mistake?.[0]);
    expect(JSON.parse(mistake?.[0] ?? '')).toMatchObject({ status: 400, field: 'last_msg_seqs[1]' });
  });

  test('DV-4: its table of settings is the table of settings', () => {
    const rows = SETTING_ENTRIES.map(([, { flag, variable, fallback, isSecret, help }]) => {
      const [short = ''] = help.split('; made once');
      const cells = [
        flag ? `\`${flag}\`` : '',
        `\`${variable}\``,
        fallback ? `\`${fallback}\`` : isSecret ? 'made once' : '',
        short,
      ];
      return `| ${cells.join(' | ')} |`.replace('|  |', '| |');
    });
    for (const row of rows) expect(README).toContain(row);
  });
});
