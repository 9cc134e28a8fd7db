import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseContrast } from '../../../../src/skills/adapters/feat-contrast.js';
import { featDesign } from '../../../../src/skills/adapters/feat-design.js';
import { temporaryFolder } from '../../../support/temporary.js';
import { writeImage } from '../../checks/subject.js';

const params = {
  conditions: ['face', 'house'],
  contrasts: ['face-house', 'face'],
  tr_s: 2.5,
  high_pass_s: 100,
  smooth_fwhm_mm: 5,
  motion_correction: true,
  prewhiten: true,
  derivatives: true,
  z_threshold: 3.1,
  cluster_p: 0.05,
};

/** The settings of the design that is written, by name. */
async function design(change: object = {}, events = ['face.txt', 'house.txt']): Promise<Map<string, string>> {
  const folder = temporaryFolder();
  const bold = join(folder, 'bold.nii.gz');
  await writeImage(bold, { dims: [4, 5, 6, 7], repetitionTimeS: 2.5 });
  const inputs = [
    { hostPath: bold, toolPath: '/in/bold/bold.nii.gz' },
    ...events.map((name) => ({ hostPath: join(folder, name), toolPath: `/in/events/${name}` })),
  ];
  await featDesign.prepare?.({ folder, params: { ...params, ...change }, inputs });
  const text = readFileSync(join(folder, 'scratch', 'design.fsf'), 'utf8');
  const lines = text.trim().split('\n');
  const pairs = lines.map((line) => /^set (\S+) (.+)$/.exec(line)!.slice(1) as [string, string]);
  // Nothing is set twice: Tcl would take the last one.
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  return new Map(pairs.map(([name, value]) => [name.replace(/^fmri\((.*)\)$/, '$1'), value]));
}

describe('the design of FEAT', () => {
  it('holds the data, the preprocessing and the model', async () => {
    const settings = await design();
    expect(Object.fromEntries(settings)).toMatchObject({
      'feat_files(1)': '"/in/bold/bold.nii.gz"',
      level: '1',
      analysis: '7',
      npts: '7',
      totalVoxels: '840',
      tr: '2.500000',
      mc: '1',
      bet_yn: '0',
      smooth: '5',
      paradigm_hp: '100',
      prewhiten_yn: '1',
      evs_orig: '2',
      evs_real: '4',
      ncon_orig: '2',
      evtitle2: '"house"',
      custom2: '"/in/events/house.txt"',
      shape1: '3',
      convolve1: '3',
      deriv_yn1: '1',
      z_thresh: '3.1',
      prob_thresh: '0.05',
    });
  });

  it('writes contrasts over conditions, and over regressors with a 0 for each derivative', async () => {
    const settings = await design();
    const row = (kind: string, columns: number): string[] =>
      Array.from({ length: columns }, (_, n) => settings.get(`con_${kind}1.${n + 1}`) ?? 'absent');
    expect(row('orig', 2)).toEqual(['1', '-1']);
    expect(row('real', 4)).toEqual(['1', '0', '-1', '0']);
    const plain = await design({ derivatives: false });
    expect(plain.get('evs_real')).toBe('2');
    expect(plain.get('con_real1.2')).toBe('-1');
  });

  it('switches the high-pass filter off in data and model alike', async () => {
    const settings = await design({ high_pass_s: 0 });
    expect([settings.get('temphp_yn'), settings.get('tempfilt_yn1')]).toEqual(['0', '0']);
  });

  it('has every setting of a first-level design of FEAT 6.00', async () => {
    const settings = await design();
    const wanted = readFileSync(new URL('feat-settings.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    expect(wanted.filter((name) => !settings.has(name))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(90);
  });

  it('refuses another TR than that of the image, and events that are not one file a condition', async () => {
    await expect(design({ tr_s: 2 })).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(design({}, ['face.txt'])).rejects.toMatchObject({ code: 'param.invalid' });
  });

  it('quotes what Tcl would read', async () => {
    const settings = await design({ conditions: ['a[exec ls]', 'b$x'], contrasts: [] });
    expect(settings.get('evtitle1')).toBe('"a\\[exec ls\\]"');
    expect(settings.get('evtitle2')).toBe('"b\\$x"');
  });
});

describe('contrasts', () => {
  const conditions = ['face', 'house', 'cat'];
  it.each([
    ['face', [1, 0, 0]],
    ['face-house', [1, -1, 0]],
    ['-house + cat', [0, -1, 1]],
    ['0.5*face+0.5*cat-house', [0.5, -1, 0.5]],
  ])('%s', (text, weights) => {
    expect(parseContrast(text, conditions)).toEqual(weights);
  });

  it.each(['dog', 'face house', 'face-', 'face-face', '', 'face*2'])('refuses "%s"', (text) => {
    expect(() => parseContrast(text, conditions)).toThrow(/contrast/);
  });
});
