import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { summarizeDataset } from '../../../src/bids/summary.js';
import { planByRules } from '../../../src/planning/rules-planner.js';
import { world, writeDataset } from './support.js';

const root = mkdtempSync(join(tmpdir(), 'neuroclaw wishes '));
afterAll(() => rmSync(root, { recursive: true }));

/** A study with every kind of data, written once. */
const study = (async () => {
  const files: Record<string, string> = { 'task-rest_bold.json': '{"RepetitionTime": 2}' };
  for (const sub of ['01', '02', '03']) {
    for (const task of ['rest', 'motor']) files[`sub-${sub}/func/sub-${sub}_task-${task}_bold.nii.gz`] = 'x';
    files[`sub-${sub}/anat/sub-${sub}_T1w.nii.gz`] = 'x';
    files[`sub-${sub}/dwi/sub-${sub}_dwi.nii.gz`] = 'x';
    files[`sub-${sub}/dwi/sub-${sub}_dwi.bval`] = '0 1000';
    files[`sub-${sub}/dwi/sub-${sub}_dwi.bvec`] = '0 1\n0 0\n0 0\n';
    files[`sub-${sub}/eeg/sub-${sub}_task-oddball_eeg.edf`] = 'x';
  }
  const dataset = await indexDataset(writeDataset(root, files));
  return { dataset, summary: await summarizeDataset(dataset) };
})();

/** What the wishes choose from: a wish that cannot be met today must not change its meaning with every pipeline. */
const OFFERED: ReadonlySet<string> = new Set([
  'curation/dicom-to-bids',
  'curation/validate',
  'diffusion/connectome',
  'diffusion/tensor',
  'diffusion/tractogram',
  'electrophysiology/erp',
  'electrophysiology/spectra',
  'functional/clean',
  'structural/quality',
]);

/** `pipelines`, `pipelines @preset`, `? pipelines it asks about`, or `! what cannot be done`. */
async function answer(wish: string): Promise<string> {
  const installed = (await world).pipelines;
  const pipelines = new Map([...installed].filter(([id]) => OFFERED.has(id)));
  const outcome = planByRules(wish, { bids: await study, out: '/o', pipelines });
  if (outcome.kind === 'cannot')
    return `! ${outcome.reasons.map((reason) => reason.replace(/ \(there are: .*\)$/, '')).join('; ')}`;
  if (outcome.kind === 'question')
    return `? ${outcome.questions.map(({ choices }) => choices.join(' ')).join('; ')}`;
  const stages = outcome.plan.stages.map(({ pipeline }) => pipeline as string);
  const preset = outcome.plan.stages.find((stage) => stage.preset !== undefined)?.preset;
  return `${stages.join(' ')}${preset === undefined ? '' : ` @${preset}`}`;
}

const WISHES: readonly (readonly [string, string])[] = [
  ['check whether my dataset is valid BIDS', 'curation/validate'],
  ['validate the data', 'curation/validate'],
  ['validte my dataset pls', 'curation/validate'],
  ['is it BIDS compliant?', 'curation/validate'],
  ['quality of the T1w images', 'structural/quality'],
  ['QC of the anatomical scans', 'structural/quality'],
  ['how good are the structurals, qa please', '? functional/clean structural/quality'],
  ['clean the resting state', 'functional/clean'],
  ['clean my rs-fMRI with 6 mm smoothing', 'functional/clean'],
  ['bandpass 0.01-0.1 Hz the resting state data', 'functional/clean'],
  ['smooth the bold runs by 8 mm', 'functional/clean'],
  ['smoothe teh functional runs with 5mm fwhm', 'functional/clean'],
  ['high-pass filter the motor task at 128 s', 'functional/clean'],
  ['temporal SNR of the functional runs (tSNR)', 'functional/clean'],
  ['detrend the BOLD of sub-02', 'functional/clean'],
  ['FA maps', 'diffusion/tensor'],
  ['I need FA and MD for all subjects', 'diffusion/tensor'],
  ['fit the diffusion tensor', 'diffusion/tensor'],
  [
    'DTI maps of participants 01 and 03',
    '? curation/validate diffusion/tensor diffusion/tractogram electrophysiology/erp electrophysiology/spectra functional/clean structural/quality',
  ],
  ['diffusion tensr fit', 'diffusion/tensor'],
  ['whole brain tractography', 'diffusion/tractogram'],
  ['quick test of the tractography', 'diffusion/tractogram @testing'],
  ['tractogrpahy as a test', 'diffusion/tractogram @testing'],
  ['make streamlines, precisely', 'diffusion/tractogram @precise'],
  ['tensor maps and then tractography', 'diffusion/tensor diffusion/tractogram'],
  ['alpha power of the EEG', 'electrophysiology/spectra'],
  ['power spectra of the eeg recordings', 'electrophysiology/spectra'],
  ['PSD of the resting EEG', 'electrophysiology/spectra'],
  ['erp of the oddball task', 'electrophysiology/erp'],
  ['event-related potentials, P300', 'electrophysiology/erp'],
  ['evokd responses of the EEG', 'electrophysiology/erp'],
  ['run the testing preset of the tractogram', 'diffusion/tractogram @testing'],
  ['validate, then clean the bold runs', 'curation/validate functional/clean'],
  ['connectome', '! no dseg file, which diffusion/connectome needs'],
  [
    'structural connectivity',
    '? curation/validate diffusion/tensor diffusion/tractogram electrophysiology/erp electrophysiology/spectra functional/clean structural/quality',
  ],
  [
    'do something useful',
    '? curation/validate diffusion/tensor diffusion/tractogram electrophysiology/erp electrophysiology/spectra functional/clean structural/quality',
  ],
  [
    '',
    '? curation/validate diffusion/tensor diffusion/tractogram electrophysiology/erp electrophysiology/spectra functional/clean structural/quality',
  ],
  [
    'process my data',
    '? curation/validate diffusion/tensor diffusion/tractogram electrophysiology/erp electrophysiology/spectra functional/clean structural/quality',
  ],
  ['quality', '? functional/clean structural/quality'],
  ['denoise', '? diffusion/tensor functional/clean'],
  ['correct head motion', '! no installed pipeline does this: head motion correction'],
  ['run freesurfer', '! no installed pipeline does this: segmentation or surface reconstruction'],
  ['slice timing correction please', '! no installed pipeline does this: slice timing correction'],
  ['register to MNI', '! no installed pipeline does this: registration to a template or another image'],
  ['source localisation of the EEG', '! no installed pipeline does this: analysis of electrophysiology'],
  ['clean the resting state of sub-09', '! there is no participant 09: the data have 01, 02, 03'],
  [
    'kinetic modelling of the PET',
    '! no installed pipeline does this: PET, perfusion or lesion measures, statistical modelling',
  ],
  ['CBF maps', '! no installed pipeline does this: PET, perfusion or lesion measures'],
  [
    'smooth by 80 mm',
    '! smoothing_fwhm_mm is 80 mm, above 30 mm: functional/clean takes a number from 0 to 30 mm',
  ],
  [
    'smooth the bold by 3 voxels',
    '! smoothing by 3 voxels cannot be done: it takes mm (full width at half maximum)',
  ],
  ['low-pass 0.1', '? low-pass 0.1 s low-pass 0.1 Hz'],
  ['convert the dicoms', '! the data are a BIDS dataset already: there is nothing to convert'],
];

describe('wishes in the words of people', () => {
  it.each(WISHES)('"%s"', async (wish, expected) => {
    expect(await answer(wish)).toBe(expected);
  });
});

describe('wishes of curation, PET and ASL', () => {
  it.each([
    ['deface the T1w images before I share them', 'curation/deface'],
    ['remove the faces', 'curation/deface'],
    ['compute CBF', 'pet-asl/cbf'],
    ['cerebral blood flow from the ASL scans please', 'pet-asl/cbf'],
    ['perfusion of everyone', 'pet-asl/cbf'],
    ['quantify the pcasl', 'pet-asl/cbf'],
    ['SUVR maps of the amyloid PET', 'pet-asl/suvr'],
    ['uptake ratios with the cerebellum as reference', 'pet-asl/suvr'],
  ])('"%s"', async (wish, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'neuroclaw wishes '));
    try {
      const sub = 'sub-01';
      const dataset = await indexDataset(
        writeDataset(folder, {
          [`${sub}/anat/${sub}_T1w.nii.gz`]: 'x',
          [`${sub}/perf/${sub}_asl.nii.gz`]: 'x',
          [`${sub}/pet/${sub}_pet.nii.gz`]: 'x',
          [`${sub}/func/${sub}_task-rest_bold.nii.gz`]: 'x',
        }),
      );
      const bids = { dataset, summary: await summarizeDataset(dataset) };
      const { pipelines } = await world;
      const outcome = planByRules(wish, { bids, out: '/o', pipelines });
      const found = outcome.kind === 'plan' ? outcome.plan.stages.map(({ pipeline }) => pipeline) : outcome;
      expect(found).toEqual([expected]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
