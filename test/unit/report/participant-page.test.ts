import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { participantPages } from '../../../src/report/participant-page.js';
import type { RunReport } from '../../../src/report/run-report.js';
import { temporaryFolder } from '../../support/temporary.js';
import { planOf } from '../planning/support.js';

const report = {
  run: 'r1',
  version: '1',
  title: 'x',
  plan: planOf({ pipeline: 'test/pipeline', data: { bids: '/nowhere' } }),
  state: 'finished',
  started: '',
  ended: '',
  error: undefined,
  head: { seq: 1, hash: 'x' },
  quality: [],
  plain: (text: string) => text,
} as unknown as RunReport;

it('goes on to a second page before the first is larger than 2 MB, and loses no picture', async () => {
  const folder = temporaryFolder();
  const pictures = ['a', 'a', 'b', 'c'].map((name, index) => {
    const file = join(folder, `${index}.svg`);
    // Every character is coded in an address: it takes more room than in the file.
    writeFileSync(
      file,
      `<svg viewBox="0 0 10 20"><desc>${'<>"#'.repeat(55_000)} picture ${index}</desc></svg>`,
    );
    const run = { run: String(index) };
    return {
      stage: 's',
      name,
      title: `Title ${name}`,
      about: 'x',
      job: name,
      entities: { sub: '01', ...run },
      file,
    };
  });
  const parts = { participant: '01', jobs: [], pictures };
  const pages = await participantPages(report, parts, (part) => `page-${part}.html`);
  expect(pages).toHaveLength(2);
  for (const page of pages) expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
  const shown = pages.map((page) => [...page.matchAll(/picture (\d)/g)].map(([, number]) => number));
  expect(shown).toEqual([
    ['0', '1'],
    ['2', '3'],
  ]);
  expect(pages[0]).toContain('<a href="page-1.html">2</a>');
  expect(pages[1]).toContain('<a href="page-0.html">1</a>');
  // Numbers and commands stand on the first alone.
  expect(pages.map((page) => page.includes('id="commands"'))).toEqual([true, false]);
  // What has no size cannot be placed, and is told.
  writeFileSync(join(folder, '0.svg'), '<svg></svg>');
  const [only = ''] = await participantPages(report, { ...parts, pictures: pictures.slice(0, 1) }, () => '');
  expect(only).toContain('Not drawn: a has no result');
});
