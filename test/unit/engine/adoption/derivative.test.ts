import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adopt } from '../../../../src/engine/adoption/adopt.js';
import type { Adoption } from '../../../../src/engine/adoption/adoption.js';
import { writeNifti } from '../../../../src/imaging/nifti-write.js';
import {
  boldName,
  confoundsTable,
  globalSignal,
  mask,
  mniAffine,
  writeFmriprep,
  writeText,
} from '../../../support/fmriprep-derivative.js';
import { temporaryFolder } from '../../../support/temporary.js';

const own = boldName('02', '1');
const ownBold = `${own}_space-MNI152NLin2009cAsym_desc-preproc_bold`;
const ownMask = `${own}_space-MNI152NLin2009cAsym_desc-brain_mask.nii.gz`;
const ownConfounds = `${own}_desc-confounds_timeseries.tsv`;
const otherRun = boldName('02', '2');
const aside = [[4, 0, 0, -12], ...mniAffine.slice(1)] as unknown as typeof mniAffine;

const take = (root: string): Promise<Adoption> =>
  adopt({ root, out: temporaryFolder(), signal: new AbortController().signal });

async function spoiled(spoil: (root: string) => unknown): Promise<{ adopted: string[]; why: string }> {
  const root = await writeFmriprep(join(temporaryFolder(), 'fmriprep'));
  await spoil(root);
  const { units, refused, findings } = await take(root);
  const told = [...findings, ...refused.flatMap((one) => one.findings)];
  return {
    adopted: units.map(({ folder }) => folder),
    why: told.map(({ place, message }) => `${place?.file ?? ''}: ${message}`).join('\n'),
  };
}

const image = { dims: [8, 8, 6], affine: mniAffine, datatype: 'uint8' } as const;

describe('adopting a derivative of fMRIPrep', () => {
  it('takes whole participants, with version and spaces', async () => {
    const adoption = await take(await writeFmriprep(join(temporaryFolder(), 'fmriprep')));
    expect(adoption.refused).toEqual([]);
    expect(adoption).toMatchObject({
      kind: 'bids',
      name: 'fMRIPrep - fMRI PREProcessing workflow',
      makers: [{ name: 'fMRIPrep', version: '23.1.3' }],
      spaces: ['MNI152NLin2009cAsym'],
    });
    expect(adoption.units.map(({ folder, files }) => `${folder} ${files.length}`)).toEqual([
      'sub-01 8',
      'sub-02 8',
    ]);
    expect(adoption.shared.map(({ path }) => path)).toEqual(['dataset_description.json']);
  });

  it.each<[string, (root: string) => unknown, string]>([
    [
      'confounds of another run, of the same length',
      (root) =>
        writeText(
          join(root, ownConfounds),
          confoundsTable(globalSignal('02', '2').map((value) => value + 0.01)),
        ),
      'it is of another run',
    ],
    [
      'the confounds of one run twice',
      (root) =>
        copyFileSync(join(root, `${otherRun}_desc-confounds_timeseries.tsv`), join(root, ownConfounds)),
      'to the byte',
    ],
    [
      'confounds that are a volume short',
      (root) => writeText(join(root, ownConfounds), confoundsTable(globalSignal('02', '1').slice(1))),
      '29 rows for 30 volumes',
    ],
    ['no confounds', (root) => rmSync(join(root, ownConfounds)), 'there are no confounds for it'],
    [
      'another TR in the sidecar than in the image',
      (root) => writeText(join(root, `${ownBold}.json`), JSON.stringify({ RepetitionTime: 2.5 })),
      'RepetitionTime is 2.5 s, the header of the image says 2 s',
    ],
    [
      'a TR in milliseconds',
      (root) => writeText(join(root, `${ownBold}.json`), JSON.stringify({ RepetitionTime: 2000 })),
      'RepetitionTime is 2000 s',
    ],
    ['no TR', (root) => rmSync(join(root, `${ownBold}.json`)), 'no sidecar says its RepetitionTime'],
    [
      'a mask that is a voxel away',
      (root) => writeNifti(join(root, ownMask), { ...image, affine: aside, data: mask() }),
      `${ownMask}: it lies on another grid than ${ownBold}.nii.gz: 4.00 mm away`,
    ],
    ['no mask', (root) => rmSync(join(root, ownMask)), 'there is no mask for it'],
    [
      'an empty mask',
      (root) => writeNifti(join(root, ownMask), { ...image, data: new Uint8Array(384) }),
      'it is empty',
    ],
    [
      'a series that is cut',
      (root) => truncateSync(join(root, `${ownBold}.nii.gz`), 20_000),
      `${ownBold}.nii.gz`,
    ],
    [
      'a series of another run under its name',
      (root) =>
        copyFileSync(
          join(root, ownBold.replace('run-1', 'run-2') + '.nii.gz'),
          join(root, `${ownBold}.nii.gz`),
        ),
      'it is of another run',
    ],
  ])('refuses a participant with %s, and takes the other', async (_, spoil, why) => {
    const { adopted, why: told } = await spoiled(spoil);
    expect(adopted).toEqual(['sub-01']);
    expect(told).toContain(why);
  });

  it('refuses a series of somebody else in both', async () => {
    const { adopted } = await spoiled((root) =>
      copyFileSync(
        join(root, `${ownBold.replaceAll('sub-02', 'sub-01')}.nii.gz`),
        join(root, `${ownBold}.nii.gz`),
      ),
    );
    expect(adopted).toEqual([]);
  });

  it('refuses a dataset that does not say what made it, and takes one that says it the older way', async () => {
    const rewrite = (root: string, more: Record<string, unknown>): void => {
      const file = join(root, 'dataset_description.json');
      const { GeneratedBy: _by, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      writeFileSync(file, JSON.stringify({ ...rest, ...more }));
    };
    const nothing = await spoiled((root) => rewrite(root, {}));
    expect(nothing.adopted).toEqual([]);
    expect(nothing.why).toContain('does not say what made the dataset');
    const older = await spoiled((root) =>
      rewrite(root, { PipelineDescription: { Name: 'fMRIPrep', Version: '20.1.1' } }),
    );
    expect(older.adopted).toEqual(['sub-01', 'sub-02']);
  });
});
