import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { regressor } from '../../../src/synthetic/hrf.js';
import { temporaryFolder } from '../../support/temporary.js';

const TR = 2.5;
const VOLUMES = 100;
const events = [
  { onset: 12, duration: 22.5, trialType: 'face' },
  { onset: 60.5, duration: 22.5, trialType: 'house' },
  { onset: 110, duration: 22.5, trialType: 'face' },
  { onset: 170, duration: 22.5, trialType: 'house' },
];

interface Mistake {
  /** What the design was made with, where that is not what the data say. */
  readonly tr?: number;
  readonly shiftS?: number;
  readonly eventScale?: number;
  readonly rows?: number;
  readonly rename?: string;
  readonly reference?: number;
}

/** Writes run, events and a design that the closed form of the response gives, with one mistake; verifies it. */
async function verdict(mistake: Mistake = {}): Promise<string[]> {
  const at = temporaryFolder();
  const { tr = TR, shiftS = 0, eventScale = 1, rows = VOLUMES, rename = 'face', reference = 0 } = mistake;
  const image = {
    dims: [2, 2, 1, VOLUMES],
    affine: [
      [3, 0, 0, 0],
      [0, 3, 0, 0],
      [0, 0, 3, 0],
      [0, 0, 0, 1],
    ],
    datatype: 'int16',
    repetitionTimeS: TR,
    data: new Float32Array(4 * VOLUMES).fill(7),
  } as const;
  writeFileSync(join(at, 'bold.nii'), niftiBytes(image));
  const table = [
    'onset\tduration\ttrial_type',
    ...events.map((each) => `${each.onset * eventScale}\t${each.duration * eventScale}\t${each.trialType}`),
  ];
  writeFileSync(join(at, 'events.tsv'), `${table.join('\n')}\n`);
  const times = Array.from({ length: rows }, (_, volume) => (volume + reference) * tr);
  const used = times.map((time) => time - shiftS);
  const face = regressor(events, 'face', used);
  const house = regressor(events, 'house', used);
  const design = [
    `frame_time\t${rename}\thouse\tconstant`,
    ...times.map((time, row) => `${time}\t${face[row]}\t${house[row]}\t1`),
  ];
  writeFileSync(join(at, 'design.tsv'), `${design.join('\n')}\n`);
  const results = await runChecks(
    {
      output: 'design',
      kind: 'tsv',
      path: join(at, 'design.tsv'),
      inputs: { bold: [join(at, 'bold.nii')], events: [join(at, 'events.tsv')] },
      outputs: {},
      params: { hrf_model: 'spm', slice_time_reference: 0 },
      sidecar: { RepetitionTime: TR },
    },
    [{ check: 'glm.design', args: { events: 'events', image: 'bold' } }],
  );
  return results.flatMap(({ findings }) => findings.map(({ message }) => message));
}

describe('a design matrix is held against its events and TR', () => {
  it('passes where it is right', async () => {
    expect(await verdict()).toEqual([]);
  });

  it('catches a design that is late by one TR, though blocks of 22.5 s still look alike', async () => {
    expect(await verdict({ shiftS: TR })).toContainEqual(
      expect.stringMatching(/^face fits its events better when they come .* s later than they do$/),
    );
  });

  it('catches one that is early by one TR, or late by half of one', async () => {
    expect((await verdict({ shiftS: -TR })).join()).toContain('earlier than they do');
    expect((await verdict({ shiftS: TR / 2 })).join()).toContain('later than they do');
  });

  it('catches a design made with another TR than the sidecar says', async () => {
    expect(await verdict({ tr: 2 })).toContainEqual('volume 2 is at 2 s');
  });

  it('catches onsets in milliseconds', async () => {
    expect((await verdict({ eventScale: 1000 })).join()).toContain(
      '4 of 4 events lie outside the run of 250 s',
    );
  });

  it('catches volumes that were left out, and a condition that has no column', async () => {
    expect(await verdict({ rows: VOLUMES - 4 })).toContainEqual('96 rows');
    expect(await verdict({ rename: 'faces' })).toContainEqual('there is no column face');
  });

  it('catches times in the middle of volumes where their start was asked for', async () => {
    expect(await verdict({ reference: 0.5 })).toContainEqual('volume 1 is at 1.25 s');
  });
});
