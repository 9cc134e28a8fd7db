import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { summarizeDataset } from '../../../src/bids/summary.js';
import type { CompiledStage, Job } from '../../../src/planning/job.js';
import { namedSkills } from '../../../src/planning/compile/named-skills.js';
import { publishedPath } from '../../../src/planning/published-path.js';
import { planByRules } from '../../../src/planning/rules-planner.js';
import { hasTestData, testData } from '../../support/data.js';
import { compile, messages, planOf, world, writeDataset, type Bold } from './support.js';

const shared = mkdtempSync(join(tmpdir(), 'neuroclaw apps '));
afterAll(() => rmSync(shared, { recursive: true }));

const anat: Bold = { volumes: 1, tr: null };
const gradients = { bval: '0 1000 1000 1000 1000 1000 1000\n', bvec: `${'0 1 0 0 1 0 0\n'.repeat(3)}` };

/** Two people with T1w, two runs and a diffusion series; the first has two sessions. */
function rawStudy(): string {
  const files: Record<string, Bold | string> = {
    'participants.tsv': 'participant_id\tage\nsub-01\t30\nsub-02\t40\n',
    README: 'a study',
    'task-rest_bold.json': '{"TaskName": "rest", "RepetitionTime": 2}',
  };
  for (const name of ['sub-01/ses-a', 'sub-01/ses-b', 'sub-02/.'])
    for (const run of ['1', '2']) {
      const [sub = '', ses = ''] = name.split('/');
      const folder = ses === '.' ? sub : name;
      const stem = `${folder}/func/${folder.replace('/', '_')}`;
      files[`${stem}_task-rest_run-${run}_bold.nii`] = { volumes: 20, tr: 2 };
      files[`${stem.replace('func', 'anat')}_T1w.nii`] = anat;
      const dwi = stem.replace('func', 'dwi');
      files[`${dwi}_dwi.nii`] = { volumes: 7, tr: null };
      files[`${dwi}_dwi.bval`] = gradients.bval;
      files[`${dwi}_dwi.bvec`] = gradients.bvec;
    }
  return writeDataset(join(shared, 'raw'), files);
}

/** As fMRIPrep lays it out: a derivative with two spaces, masks, confounds, figures. */
function fmriprepStudy(): string {
  const files: Record<string, Bold | string> = {};
  for (const sub of ['sub-01', 'sub-02'])
    for (const run of ['1', '2']) {
      const stem = `${sub}/func/${sub}_task-rest_run-${run}`;
      for (const space of ['_space-MNI152NLin2009cAsym_res-2', '_space-T1w']) {
        files[`${stem}${space}_desc-preproc_bold.nii`] = { volumes: 30, tr: 2 };
        files[`${stem}${space}_desc-brain_mask.nii`] = anat;
      }
      files[`${stem}_desc-confounds_timeseries.tsv`] = 'framewise_displacement\ttrans_x\nn/a\t0\n';
      files[`${stem}_desc-confounds_timeseries.json`] = '{}';
      files[`${sub}.html`] = '<html></html>';
      files[`${sub}/figures/${sub}_task-rest_desc-carpetplot_bold.svg`] = '<svg/>';
    }
  const root = writeDataset(join(shared, 'fmriprep'), files);
  writeFileSync(
    join(root, 'dataset_description.json'),
    JSON.stringify({
      Name: 'fMRIPrep - fMRI PREProcessing workflow',
      BIDSVersion: '1.4.0',
      DatasetType: 'derivative',
      GeneratedBy: [{ Name: 'fMRIPrep', Version: '25.2.5' }],
    }),
  );
  return root;
}

const raw = rawStudy();
const preprocessed = fmriprepStudy();

const app = (pipeline: string, params: object = {}, data = raw, more: object = {}): Promise<CompiledStage> =>
  compile({ pipeline, data: { bids: data }, params, ...more });
const line = ({ argv }: Job | undefined = {} as Job): string => (argv ?? []).join(' ');
const filesOf = (job: Job | undefined): string[] =>
  (job?.inputs ?? []).flatMap(({ files }) => files.map(({ name }) => name)).sort();

describe('the BIDS Apps as pipelines', () => {
  it('run once a participant on a dataset of that participant', async () => {
    const stage = await app('functional/fmriprep');
    expect(messages(stage)).toEqual([]);
    expect(stage.jobs.map(({ entities }) => entities)).toEqual([{ sub: '01' }, { sub: '02' }]);
    expect(line(stage.jobs[1])).toBe(
      'fmriprep /in/dataset /out/derivative participant --participant-label 02 --nprocs {threads} --mem-mb 15000 ' +
        '--output-spaces MNI152NLin2009cAsym:res-2 --slice-time-ref 0.5 --random-seed 1 --skip-bids-validation ' +
        '-w /scratch/work --notrack --fs-license-file /in/license/license.txt',
    );
    const files = filesOf(stage.jobs[1]);
    expect(files).toContain('task-rest_bold.json');
    expect(files).toContain('dataset_description.json');
    expect(files).toContain('sub-02/anat/sub-02_T1w.nii');
    // What is of others, or of everybody, would rerun this participant when it changes.
    expect(files.filter((name) => /sub-01|participants|README/.test(name))).toEqual([]);
    expect(stage.dataset.folder).toBe('derivatives/fmriprep');
  });

  it('take what a person can set', async () => {
    const stage = await app('functional/fmriprep', {
      output_spaces: 'MNI152NLin2009cAsym:res-2, anat',
      surfaces: false,
      fieldmapless: 'error',
      ignore: 'slicetiming',
      dummy_scans: 4,
    });
    expect(line(stage.jobs[0])).toContain(
      '--output-spaces MNI152NLin2009cAsym:res-2 anat --fs-no-reconall --slice-time-ref 0.5 --dummy-scans 4 --use-syn-sdc error --ignore slicetiming --random-seed 1',
    );
  });

  it.each([
    [
      'diffusion/qsiprep',
      'qsiprep /in/dataset /out/derivative participant --participant-label 01 --nprocs {threads} --mem-mb 15000 --output-resolution 2 --hmc-model eddy --unringing-method mrdegibbs --pepolar-method TOPUP --skip-bids-validation -w /scratch/work --notrack --fs-license-file /in/license/license.txt',
    ],
    [
      'curation/mriqc',
      'mriqc /in/dataset /out/derivative participant --participant-label 01 --nprocs {threads} --mem_gb 15 --no-sub --notrack --no-datalad-get -w /scratch/work',
    ],
  ])('%s', async (pipeline, expected) => {
    const stage = await app(pipeline);
    expect(messages(stage)).toEqual([]);
    expect(stage.jobs.map(({ step }) => step)).toHaveLength(2);
    expect(line(stage.jobs[0])).toBe(expected);
  });

  it('XCP-D runs on what fMRIPrep made', async () => {
    const stage = await app('functional/xcp-d', {}, preprocessed);
    expect(messages(stage)).toEqual([]);
    expect(line(stage.jobs[0])).toBe(
      'xcp_d /in/fmriprep /out/derivative participant --participant-label 01 --nprocs {threads} --mode linc --input-type fmriprep --file-format nifti --nuisance-regressors 36P --smoothing 6 --fd-thresh 0.3 --min-time 240 -w /scratch/work --notrack --fs-license-file /in/license/license.txt',
    );
    expect(filesOf(stage.jobs[0])).toContain(
      'sub-01/func/sub-01_task-rest_run-1_desc-confounds_timeseries.tsv',
    );
    const wrong = await app('functional/xcp-d', {}, raw);
    expect(messages(wrong)[0]).toMatch(/^error no .*desc-preproc/);
  });

  it('publish what is of the participant under its own name, so that the folder is a derivative dataset', async () => {
    const [job] = (await app('functional/fmriprep')).jobs;
    const [output] = job?.outputs ?? [];
    expect(output).toMatchObject({ id: 'derivative', publish: 'sub-01', contents: true });
    const paths = [
      '/sub-01/func/sub-01_task-rest_desc-confounds_timeseries.tsv',
      '/sub-01/figures/sub-01_T1w.svg',
      '/sub-01.html',
      '/sub-01_T1w.html',
      '/sourcedata/freesurfer/sub-01/surf/lh.white',
      '/dataset_description.json',
      '/logs/CITATION.md',
      '/sourcedata/freesurfer/fsaverage/surf/lh.white',
      '/sub-012/anat/sub-012_T1w.nii.gz',
    ];
    expect(paths.flatMap((path) => publishedPath(output!, path) ?? [])).toEqual(
      paths.slice(0, 5).map((path) => path.slice(1)),
    );
  });

  it('need a licence that is known before any stage compiles', async () => {
    const { pipelines, skills } = await world;
    const of = (pipeline: string): readonly string[] =>
      namedSkills(planOf({ pipeline, data: { stage: 'before' } }), 'work', pipelines, skills.skills);
    for (const pipeline of ['functional/fmriprep', 'functional/xcp-d', 'diffusion/qsiprep'])
      expect(of(pipeline).map((id) => skills.skills.get(id)?.contract.license)).toEqual(['freesurfer']);
  });
});

describe('what fMRIPrep made, as the input of later stages', () => {
  it('is connectivity of one space', async () => {
    const stage = await app('functional/clean', {}, preprocessed, {
      select: { desc: 'preproc', space: 'MNI152NLin2009cAsym' },
    });
    expect(messages(stage).filter((message) => message.startsWith('error'))).toEqual([]);
    const bolds = stage.jobs.flatMap((job) => filesOf(job)).filter((name) => name.endsWith('_bold.nii'));
    expect(new Set(bolds.map((name) => /space-([A-Za-z0-9]+)/.exec(name)?.[1]))).toEqual(
      new Set(['MNI152NLin2009cAsym']),
    );
  });

  it.skipIf(!hasTestData)(
    'is indexed: a real layout of fMRIPrep, with spaces, masks and confounds',
    async () => {
      const dataset = await indexDataset(testData('bids-examples', 'ds000001-fmriprep'));
      expect(dataset.description?.['DatasetType'] ?? dataset.description?.['Name']).toBeDefined();
      const bold = dataset.files.filter(
        ({ suffix, entities }) => suffix === 'bold' && entities['desc'] === 'preproc',
      );
      expect(bold.length).toBeGreaterThan(0);
      expect(new Set(bold.flatMap(({ entities }) => entities['space'] ?? [])).size).toBeGreaterThan(0);
      expect(
        dataset.files.some(
          ({ suffix, entities }) => suffix === 'timeseries' && entities['desc'] === 'confounds',
        ),
      ).toBe(true);
    },
  );
});

describe('the BIDS Apps by the words of people', () => {
  const study = (async () => {
    const dataset = await indexDataset(raw);
    return { dataset, summary: await summarizeDataset(dataset) };
  })();

  async function answer(wish: string): Promise<string> {
    const { pipelines } = await world;
    const outcome = planByRules(wish, { bids: await study, out: '/o', pipelines });
    if (outcome.kind !== 'plan') return `${outcome.kind} ${JSON.stringify(outcome)}`;
    return outcome.plan.stages
      .map(({ pipeline, preset, params, participants }) =>
        [
          pipeline as string,
          ...(preset === undefined ? [] : [`@${preset}`]),
          ...Object.entries(params).map(([name, value]) => `${name}=${String(value)}`),
          ...(participants ?? []).map((label) => `sub-${label}`),
        ].join(' '),
      )
      .join('; ');
  }

  it.each([
    ['run fmriprep on this', 'functional/fmriprep'],
    ['please run fMRIPrep for sub-01', 'functional/fmriprep sub-01'],
    ['fmriprep, quick test', 'functional/fmriprep @testing'],
    ['fmriprep without surfaces', 'functional/fmriprep surfaces=false'],
    ['qsiprep', 'diffusion/qsiprep'],
    ['run qsiprep on the diffusion data', 'diffusion/qsiprep'],
    ['mriqc for everybody', 'curation/mriqc'],
  ])('%s', async (wish, expected) => {
    expect(await answer(wish)).toBe(expected);
  });
});
