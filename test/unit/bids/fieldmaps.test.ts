import { describe, expect, it } from 'vitest';
import { fieldmapLinks } from '../../../src/bids/fieldmaps.js';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { hasTestData, testData } from '../../support/data.js';
import { writeDataset, type Tree } from './tree.js';

const bold = 'sub-1/ses-a/func/sub-1_ses-a_task-x_bold.nii.gz';
const epi = 'sub-1/ses-a/fmap/sub-1_ses-a_dir-PA_epi';

async function linksOf(root: string) {
  const links = await fieldmapLinks(await indexDataset(root));
  return links.map(({ fieldmap, targets, how, findings }) => ({
    fieldmap: fieldmap.path,
    targets: targets.map(({ path }) => path),
    how,
    findings: findings.map(({ severity, message }) => `${severity}: ${message}`),
  }));
}

const links = (tree: Tree) => linksOf(writeDataset({ [bold]: '', [`${epi}.nii.gz`]: '', ...tree }));
const intended = (IntendedFor: unknown) => links({ [`${epi}.json`]: { IntendedFor } });
const good = { fieldmap: `${epi}.nii.gz`, targets: [bold], how: 'IntendedFor', findings: [] };

describe('fieldmapLinks', () => {
  it('follows IntendedFor relative to the participant, as BIDS URI, and in a list', async () => {
    const relative = 'ses-a/func/sub-1_ses-a_task-x_bold.nii.gz';
    expect(await intended(relative)).toEqual([good]);
    expect(await intended(`bids::${bold}`)).toEqual([good]);
    expect(await intended([`bids::${bold}`, relative])).toEqual([good]);
  });

  it('reads percent-encoded URIs of odd names', async () => {
    const odd = "sub-1/func/sub-1_task-a b;c'_bold.nii.gz";
    const [link] = await links({ [odd]: '', [`${epi}.json`]: { IntendedFor: `bids::${encodeURI(odd)}` } });
    expect(link?.targets).toEqual([odd]);
  });

  it.each([
    bold,
    `/${bold}`,
    'func/sub-1_ses-a_task-x_bold.nii.gz',
    './ses-a/func/sub-1_ses-a_task-x_bold.nii.gz',
  ])('takes %s for what was meant and tells how to write it', async (target) => {
    const [link] = await intended(target);
    expect(link?.targets).toEqual([bold]);
    expect(link?.findings).toEqual([`warning: IntendedFor names ${target}, which was taken for ${bold}`]);
  });

  it.each([
    'ses-a/func/sub-1_ses-a_task-y_bold.nii.gz',
    'bids::sub-2/x.nii.gz',
    `bids:other:${bold}`,
    'bids::%',
  ])('tells of the target %s that is not there', async (target) => {
    const [link] = await intended(target);
    expect(link?.targets).toEqual([]);
    expect(link?.findings).toEqual([`error: IntendedFor names ${target}, which is not in the dataset`]);
  });

  it('tells of a field map that corrects nothing', async () => {
    expect(await links({})).toEqual([
      {
        ...good,
        targets: [],
        findings: [`warning: nothing says which images ${epi}.nii.gz corrects`],
      },
    ]);
  });

  it('prefers B0FieldIdentifier with B0FieldSource, within one participant', async () => {
    const stranger = 'sub-2/func/sub-2_task-x_bold.nii.gz';
    const found = await links({
      [stranger]: '',
      'task-x_bold.json': { B0FieldSource: ['pepolar', 'other'] },
      [`${epi}.json`]: { B0FieldIdentifier: 'pepolar', IntendedFor: `bids::${stranger}` },
    });
    expect(found).toEqual([{ ...good, how: 'B0FieldIdentifier' }]);
  });

  it('falls back to IntendedFor where no image names the identifier', async () => {
    const found = await links({
      [`${epi}.json`]: { B0FieldIdentifier: 'pepolar', IntendedFor: `bids::${bold}` },
    });
    expect(found).toEqual([good]);
  });

  it('counts images outside fmap that serve as a field map', async () => {
    const sbref = 'sub-1/ses-a/func/sub-1_ses-a_task-x_sbref.nii.gz';
    const found = await linksOf(
      writeDataset({
        [bold]: '',
        [sbref]: '',
        'sbref.json': { B0FieldIdentifier: 'p' },
        'bold.json': { B0FieldSource: 'p' },
      }),
    );
    expect(found).toEqual([{ fieldmap: sbref, targets: [bold], how: 'B0FieldIdentifier', findings: [] }]);
  });

  it('makes one link of phase difference and magnitudes', async () => {
    const root = writeDataset({
      'sub-1/fmap/sub-1_phasediff.nii.gz': '',
      'sub-1/fmap/sub-1_magnitude1.nii.gz': '',
      'sub-1/fmap/sub-1_magnitude2.nii.gz': '',
      'sub-1/fmap/sub-1_phasediff.json': { IntendedFor: 'func/sub-1_task-x_bold.nii.gz' },
      'sub-1/func/sub-1_task-x_bold.nii.gz': '',
    });
    expect(await linksOf(root)).toHaveLength(1);
  });
});

describe.skipIf(!hasTestData)('field maps of real layouts', () => {
  it('in 7t_trt correct the whole-brain run of the same session and number', async () => {
    const found = await linksOf(testData('bids-examples', '7t_trt'));
    expect(found).toHaveLength(88);
    for (const { fieldmap, targets, findings } of found) {
      expect(findings).toEqual([]);
      const expected = fieldmap
        .replace('/fmap/', '/func/')
        .replace(/_run-(\d)_phasediff/, '_task-rest_acq-fullbrain_run-$1_bold');
      expect(targets).toContain(expected);
    }
  });

  it('in 2d_mb_pcasl are linked by B0FieldIdentifier, in hcp and qMTsat by IntendedFor', async () => {
    const pcasl = await linksOf(testData('bids-examples', '2d_mb_pcasl'));
    expect(pcasl.map(({ how, targets }) => [how, targets])).toEqual([
      ['B0FieldIdentifier', ['sub-1/perf/sub-1_asl.nii.gz']],
      ['B0FieldIdentifier', ['sub-1/perf/sub-1_asl.nii.gz']],
    ]);
    const hcp = await linksOf(testData('bids-examples', 'hcp_example_bids'));
    expect(hcp.map(({ targets }) => targets)).toEqual([['sub-100307/anat/sub-100307_T1w.nii.gz']]);
    const mtsat = await linksOf(testData('bids-examples', 'qmri_mtsat'));
    expect(mtsat.map(({ targets }) => targets.length)).toEqual([3, 3]);
  });
});
