import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { cliEnvironment, runCli, type CliResult } from '../support/cli.js';
import { temporaryFolder } from '../support/temporary.js';

const HOSTILE = '<img src=x onerror=alert(1)>"\'';
const SIZE = [12, 10, 8] as const;
const affine = [
  [-20, 0, 0, 110],
  [0, 20, 0, -90],
  [0, 0, 20, -70],
  [0, 0, 0, 1],
] as const;

const pipeline = {
  schema: 'neuroclaw/pipeline@1',
  id: 'test/look',
  version: '1.0.0',
  title: `Look ${HOSTILE}`,
  description: 'Smooths and shows.',
  publishes: 'derivative',
  inputs: { t1w: { query: { suffix: 'T1w', extension: '.nii.gz' } } },
  steps: [
    {
      id: 'smooth',
      skill: 'niimath/smooth',
      for_each: 't1w',
      inputs: { image: 't1w' },
      params: { sigma_mm: 2 },
      publish: { smoothed: { desc: 'smooth' } },
    },
    { id: 'measures', skill: 'quality/measures-t1w', for_each: 't1w', inputs: { image: 't1w' } },
    {
      id: 'draw',
      skill: 'quality/picture-mosaic',
      for_each: 't1w',
      inputs: { image: 't1w' },
      params: { title: 'Head' },
    },
    {
      id: 'turn',
      skill: 'quality/picture-flicker',
      inputs: { before: 'smooth.smoothed', after: 'smooth.smoothed' },
      params: { title: 'Both' },
    },
  ],
  qc: {
    volume: {
      from: 'measures.measures',
      value: 'head_volume_ml',
      about: `Volume ${HOSTILE}`,
      unit: 'mL',
      expected: { minimum: 5000 },
    },
  },
  pictures: {
    head: { from: 'draw.picture', title: `Head ${HOSTILE}`, about: 'Look at the head' },
    both: { from: 'turn.picture', title: 'In turn', about: 'What jumps is not aligned' },
  },
};

let root: string;
let bids: string;
let out: string;
let env: Record<string, string>;

beforeEach(async () => {
  root = temporaryFolder();
  [bids, out] = [join(root, 'bids'), join(root, 'out')];
  env = cliEnvironment(join(root, 'state'));
  mkdirSync(bids);
  writeFileSync(join(bids, 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}\n');
  for (const [label, empty] of [
    ['01', false],
    ['02', true],
  ] as const) {
    mkdirSync(join(bids, `sub-${label}`, 'anat'), { recursive: true });
    // A ball with noise round it; the second participant's image holds nothing.
    const data = Array.from({ length: SIZE[0] * SIZE[1] * SIZE[2] }, (_, index) => {
      const [x, y, z] = [index % 12, Math.floor(index / 12) % 10, Math.floor(index / 120)];
      const inside = Math.hypot(x - 5.5, y - 4.5, z - 3.5) < 3.4;
      return empty ? 0 : (inside ? 900 + 10 * x : 0) + ((index * 7919) % 23);
    });
    await writeNifti(join(bids, `sub-${label}`, 'anat', `sub-${label}_T1w.nii.gz`), {
      dims: SIZE,
      affine,
      datatype: 'int16',
      data,
    });
  }
});

async function run(stage: Record<string, unknown> = {}): Promise<CliResult> {
  const plan = {
    schema: 'neuroclaw/plan@1',
    title: 'words of my own',
    request: `wish ${HOSTILE}`,
    out,
    origin: { planner: 'test', version: '1', reasons: [`because of ${bids}/x`], alternatives: [] },
    stages: [{ id: 'look', pipeline, data: { bids }, ...stage }],
  };
  writeFileSync(join(root, 'plan.json'), JSON.stringify(plan));
  return runCli(['run', join(root, 'plan.json'), '--yes', '--json'], env);
}

const page = (name: string): string => readFileSync(join(out, 'report', name), 'utf8');
/** Between tags, as a person reads it. */
const textOf = (text: string): string =>
  text
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the report of a run', { timeout: 60_000 }, () => {
  it('says first what failed, shows the pictures, and opens offline', async () => {
    const ran = await run();
    expect(ran.code).not.toBe(0);
    const result = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as Record<string, string>;
    expect(result['report']).toBe(join(out, 'report', 'index.html'));
    expect(readdirSync(join(out, 'report')).sort()).toEqual([
      'index.html',
      'references.bib',
      'sub-01.html',
      'sub-02.html',
    ]);

    const index = textOf(page('index.html'));
    const [attention, quality] = [index.indexOf('The run ended with an error'), index.lastIndexOf('Quality')];
    expect(attention).toBeGreaterThan(0);
    expect(quality).toBeGreaterThan(attention);
    expect(index).toMatch(/sub-02 T1w (?:rejected|failed)|sub-02 (?:rejected|failed)/);
    expect(index).toContain('Look &lt;img src=x onerror=alert(1)&gt;');
    // The ball is smaller than the head that is expected: marked, with the reason.
    expect(page('index.html')).toMatch(/<td class="number out"[^>]*title="expected at least 5000/);

    const first = page('sub-01.html');
    expect([...first.matchAll(/<img[^>]*\ssrc="data:image\/svg\+xml,/g)]).toHaveLength(2);
    expect([...first.matchAll(/data-shows="(.*?)"/g)].map(([, shown]) => shown)).toEqual([
      '',
      '#before',
      '#after',
    ]);
    expect(textOf(first)).toContain('Nothing failed');
    expect(textOf(first)).toContain('niimath /in/image/sub-01_T1w.nii.gz');
    expect(textOf(page('sub-02.html'))).toContain('Not drawn: look/turn/sub-02_T1w has no result');

    for (const name of readdirSync(join(out, 'report'))) {
      const text = page(name);
      expect(statSync(join(out, 'report', name)).size).toBeLessThan(2_000_000);
      expect(text).not.toContain('<img src=x');
      // The person's own words stay out of what is passed on.
      expect(text).not.toMatch(/wish |words of my own/);
      expect(text.replace(/href="https:\/\/doi\.org\/[^"]*"/g, '')).not.toMatch(
        /(?:src|href|url)=?["(]?\s*https?:/,
      );
      for (const folder of [root, out, bids, process.cwd()]) expect(text).not.toContain(folder);
    }
  });

  it('of a run that could not begin says why; the next report takes its place', async () => {
    const ran = await run({ participants: ['99'] });
    expect(ran.code).not.toBe(0);
    expect(textOf(page('index.html'))).toMatch(/The run ended with an error.*No stage began/);
    await run({ participants: ['01'] });
    expect(textOf(page('index.html'))).toContain('Nothing failed');
    const again = await runCli(['report', '--out', out, '--json'], env);
    const written = JSON.parse(again.stdout) as { index: string; folder: string; files: string[] };
    expect(written.files).toEqual(['index.html', 'references.bib', 'sub-01.html']);
    expect(readFileSync(join(written.folder, 'index.html'), 'utf8')).toBe(page('index.html'));
    expect(written.folder.startsWith(join(out, '.neuroclaw', 'runs'))).toBe(true);
  });

  it('leaves alone what is not its own, and never changes how a run ended', async () => {
    mkdirSync(join(out, 'report'), { recursive: true });
    writeFileSync(join(out, 'report', 'mine.txt'), 'mine');
    const ran = await run({ participants: ['01'] });
    const result = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { report: string; run: string };
    expect([ran.code, readdirSync(join(out, 'report'))]).toEqual([0, ['mine.txt']]);
    expect(existsSync(result.report)).toBe(true);

    writeFileSync(join(out, '.neuroclaw', 'runs', result.run, 'stages', 'zz.json'), 'not JSON');
    const resumed = await runCli(['resume', '--out', out, '--yes', '--json'], env);
    expect([resumed.code, resumed.stderr]).toEqual([
      0,
      expect.stringContaining('the report could not be written'),
    ]);
  });
});
