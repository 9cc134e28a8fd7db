import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { summarizeDataset } from '../../../src/bids/summary.js';
import type { CompiledStage, Job } from '../../../src/planning/job.js';
import { planByRules } from '../../../src/planning/rules-planner.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, messages, world, writeDataset, type Bold } from './support.js';

const shared = mkdtempSync(join(tmpdir(), 'neuroclaw recon '));
afterAll(() => rmSync(shared, { recursive: true }));

const image: Bold = { volumes: 1, tr: null };

/** Two people with two sessions of two T1w images; the first has a T2w in both, the second a FLAIR. */
function overTime(): string {
  const files: Record<string, Bold> = {};
  for (const ses of ['a', 'b']) {
    for (const sub of ['01', '02'])
      for (const run of ['1', '2'])
        files[`sub-${sub}/ses-${ses}/anat/sub-${sub}_ses-${ses}_run-${run}_T1w.nii`] = image;
    files[`sub-01/ses-${ses}/anat/sub-01_ses-${ses}_T2w.nii`] = image;
    files[`sub-02/ses-${ses}/anat/sub-02_ses-${ses}_FLAIR.nii`] = image;
  }
  return writeDataset(join(shared, 'over time'), files);
}

const study = overTime();
const simple = writeDataset(join(shared, 'once'), {
  'sub-01/anat/sub-01_T1w.nii': image,
  'sub-02/anat/sub-02_T1w.nii': image,
});

async function recon(params: object, data = study): Promise<CompiledStage> {
  return compile({ pipeline: 'structural/recon', data: { bids: data }, params });
}
const jobOf = ({ jobs }: CompiledStage, id: string): Job => {
  const found = jobs.find((job) => job.id === `work/${id}`);
  if (found === undefined) throw new Error(`no job ${id}: ${jobs.map((job) => job.id).join(', ')}`);
  return found;
};
const argv = (stage: CompiledStage, id: string): string => jobOf(stage, id).argv.join(' ');
const stepsOf = ({ jobs }: CompiledStage): string[] => [...new Set(jobs.map(({ step }) => step))];

describe('structural/recon', () => {
  it('runs recon-all once a session with all its T1w images, and nothing that was not asked for', async () => {
    const stage = await recon({});
    expect(messages(stage)).toEqual([]);
    expect(argv(stage, 'recon/sub-01_ses-a_T1w')).toBe(
      'recon-all -all -subjid sub-01_ses-a -sd /scratch/subjects -i /in/t1/sub-01_ses-a_run-1_T1w.nii -i /in/t1/sub-01_ses-a_run-2_T1w.nii -parallel -openmp {threads}',
    );
    expect(stage.jobs.filter(({ step }) => step === 'recon')).toHaveLength(4);
    expect(stepsOf(stage)).toEqual([
      'recon',
      'measures',
      'surface-picture',
      'volume-table',
      'left-thickness-table',
      'right-thickness-table',
      'left-area-table',
      'right-area-table',
    ]);
  });

  it('names subjects as fMRIPrep does, with and without sessions', async () => {
    expect((await recon({})).jobs[0]?.params['subject']).toBe('sub-01_ses-a');
    expect((await recon({}, simple)).jobs[0]?.params['subject']).toBe('sub-01');
  });

  it('publishes a SUBJECTS_DIR: derivatives/freesurfer with a folder for each subject', async () => {
    const stage = await recon({}, simple);
    expect(stage.dataset.folder).toBe('derivatives/freesurfer');
    expect(jobOf(stage, 'recon/sub-01_T1w').outputs).toEqual([
      { id: 'reconstruction', kind: 'folder', optional: false, path: 'sub-01', publish: 'sub-01' },
    ]);
  });

  it('tells what the jobs need: memory, hours, and the licence', async () => {
    const { skills } = await world;
    const { resources, skill } = jobOf(await recon({}), 'recon/sub-01_ses-a_T1w');
    expect(resources).toMatchObject({ cpus: 2, memory_mb: 8192, gpu: 'none' });
    expect(resources.typical_s).toBeGreaterThan(3600);
    expect(skills.skills.get(skill)?.contract.license).toBe('freesurfer');
  });

  it('joins all subjects in one job a table, in the order of their names', async () => {
    const stage = await recon({});
    const names = ['sub-01_ses-a', 'sub-01_ses-b', 'sub-02_ses-a', 'sub-02_ses-b'];
    const table = jobOf(stage, 'volume-table');
    expect(table.argv.join(' ')).toBe(
      `asegstats2table --subjects ${names.join(' ')} --tablefile /out/table.tsv --meas volume`,
    );
    expect(table.inputs).toMatchObject([{ role: 'reconstructions', shape: 'folder' }]);
    expect(table.inputs[0]?.files.map(({ name }) => name)).toEqual(names);
    expect(table.needs).toEqual(names.map((name) => `work/recon/${name}_T1w`));
    expect(argv(stage, 'right-area-table')).toBe(
      `aparcstats2table --subjects ${names.join(' ')} --hemi rh --meas area --parc aparc --tablefile /out/table.tsv`,
    );
    expect(argv(await recon({ atlas: 'aparc.a2009s' }), 'left-thickness-table')).toContain(
      '--hemi lh --meas thickness --parc aparc.a2009s',
    );
  });

  it('takes the T2w for the pial surface where it is wanted, and says who has none', async () => {
    const stage = await recon({ t2_pial: true });
    expect(argv(stage, 'recon/sub-01_ses-b_T1w')).toContain('-T2 /in/t2/sub-01_ses-b_T2w.nii -T2pial');
    expect(argv(stage, 'recon/sub-02_ses-b_T1w')).not.toContain('T2');
    expect(messages(stage)).toEqual(
      ['a', 'b'].map(
        (ses) =>
          `warning step recon: no t2w for sub-02 ses-${ses}, which t2_pial asks for: done without it for sub-02_ses-${ses}_T1w, unlike where there is one`,
      ),
    );
    const flair = await recon({ flair_pial: true });
    expect(argv(flair, 'recon/sub-02_ses-a_T1w')).toContain(
      '-FLAIR /in/flair/sub-02_ses-a_FLAIR.nii -FLAIRpial',
    );
  });

  it('does the three stages as jobs of their own, each on what the one before left', async () => {
    const stage = await recon({ stages: 'one-by-one', t2_pial: true });
    expect(argv(stage, 'first-stage/sub-01_ses-a_T1w')).toContain('recon-all -autorecon1 -subjid');
    expect(argv(stage, 'second-stage/sub-01_ses-a_T1w')).toBe(
      'recon-all -autorecon2 -subjid sub-01_ses-a -sd /scratch/subjects -parallel -openmp {threads}',
    );
    const last = jobOf(stage, 'subject/sub-01_ses-a_T1w');
    expect(last.argv.join(' ')).toBe(
      'recon-all -autorecon3 -subjid sub-01_ses-a -sd /scratch/subjects -T2 /in/t2/sub-01_ses-a_T2w.nii -T2pial -parallel -openmp {threads}',
    );
    expect(last.needs).toEqual(['work/second-stage/sub-01_ses-a_T1w']);
    const published = stage.jobs.filter(({ outputs }) =>
      outputs.some(({ publish }) => publish === 'sub-01_ses-a'),
    );
    expect(published.map(({ step }) => step)).toEqual(['subject']);
    expect(stepsOf(stage)).not.toContain('recon');
  });

  it('stops after the first or second stage where that was asked for, and tables nothing', async () => {
    const first = await recon({}, simple);
    const only = await compile({ pipeline: 'structural/recon', data: { bids: simple }, preset: 'testing' });
    expect(messages(only)).toEqual([]);
    expect(stepsOf(only)).toEqual(['first-stage']);
    expect(jobOf(only, 'first-stage/sub-01_T1w').outputs[0]?.publish).toBe('sub-01');
    expect(stepsOf(await recon({ stages: 'autorecon2' }, simple))).toEqual(['first-stage', 'second-stage']);
    expect(stepsOf(first)).toContain('volume-table');
  });

  it('builds a template of each participant from all sessions, and every session from it', async () => {
    const stage = await recon({ longitudinal: true });
    expect(messages(stage)).toEqual([]);
    const template = jobOf(stage, 'template/sub-02_T1w');
    expect(template.argv.join(' ')).toBe(
      'recon-all -base sub-02_base -tp sub-02_ses-a -tp sub-02_ses-b -all -sd /scratch/subjects -parallel -openmp {threads}',
    );
    expect(template.needs).toEqual(['work/recon/sub-02_ses-a_T1w', 'work/recon/sub-02_ses-b_T1w']);
    const long = jobOf(stage, 'over-time/sub-02_ses-b_T1w');
    expect(long.argv.join(' ')).toBe(
      'recon-all -long sub-02_ses-b sub-02_base -all -sd /scratch/subjects -parallel -openmp {threads}',
    );
    expect(long.inputs[0]?.files.map(({ name }) => name)).toEqual(['sub-02_ses-b', 'sub-02_base']);
    expect(long.needs).toEqual(['work/recon/sub-02_ses-b_T1w', 'work/template/sub-02_T1w']);
    expect(long.outputs[0]?.publish).toBe('sub-02_ses-b.long.sub-02_base');
    expect(argv(stage, 'volume-table-over-time')).toContain('--subjects sub-01_ses-a.long.sub-01_base ');
  });

  it('refuses change over time where nobody has two sessions, and T2w and FLAIR together', async () => {
    const nobody = await recon({ longitudinal: true }, simple);
    expect(messages(nobody)).toContain('error nobody has two sessions, and change over time was asked for');
    expect(nobody.findings[0]?.suggestion).toBe('--set longitudinal=false to do without');
    const files: Record<string, Bold> = Object.fromEntries(
      ['T1w', 'T2w', 'FLAIR'].map((suffix) => [`sub-01/anat/sub-01_${suffix}.nii`, image]),
    );
    const both = await recon({ t2_pial: true, flair_pial: true }, writeDataset(temporaryFolder(), files));
    expect(messages(both).join('\n')).toMatch(/error .*(t2|flair)/);
  });

  it('asks which of two T2w images of a session is meant', async () => {
    const files: Record<string, Bold> = {
      'sub-01/anat/sub-01_T1w.nii': image,
      'sub-01/anat/sub-01_run-1_T2w.nii': image,
      'sub-01/anat/sub-01_run-2_T2w.nii': image,
    };
    const stage = await recon({ t2_pial: true }, writeDataset(temporaryFolder(), files));
    expect(stage.findings[0]).toMatchObject({ code: 'plan.question', severity: 'error' });
  });
});

describe('wishes for surfaces', () => {
  it.each([
    ['run freesurfer', {}],
    ['run recon-all on everybody', {}],
    ['recon all please', {}],
    ['reconall for sub-01', {}],
    ['cortical thickness of all subjects', {}],
    ['cortcal thicknes', {}],
    ['freesurfr', {}],
    ['I need hippocampal volumes', {}],
    ['surface reconstruction of the T1w images', {}],
    ['freesurfer longitudinal', { longitudinal: true }],
    ['recon-all t2_pial=true', { t2_pial: true }],
    ['recon-all with stages=one-by-one', { stages: 'one-by-one' }],
  ])('"%s"', async (wish, params) => {
    const dataset = await indexDataset(study);
    const bids = { dataset, summary: await summarizeDataset(dataset) };
    const outcome = planByRules(wish, { bids, out: '/o', pipelines: (await world).pipelines });
    if (outcome.kind !== 'plan') throw new Error(JSON.stringify(outcome));
    expect(outcome.plan.stages).toMatchObject([{ pipeline: 'structural/recon', params }]);
  });
});

describe('wishes for a connectome with FreeSurfer', () => {
  const files: Record<string, Bold | string> = {
    'sub-01/anat/sub-01_T1w.nii': image,
    'sub-01/dwi/sub-01_dwi.nii': { volumes: 8, tr: null },
    'sub-01/dwi/sub-01_dwi.bval': '0 1000',
    'sub-01/dwi/sub-01_dwi.bvec': '0 1\n0 0\n0 0\n',
  };
  const outcome = async (wish: string, without?: string) => {
    const kept = Object.entries(files).filter(([name]) => without === undefined || !name.includes(without));
    const root = writeDataset(temporaryFolder(), Object.fromEntries(kept));
    const dataset = await indexDataset(root);
    const bids = { dataset, summary: await summarizeDataset(dataset) };
    return planByRules(wish, { bids, out: '/o', pipelines: (await world).pipelines });
  };

  it.each([
    'connectome',
    'ACT connectome with SIFT2',
    'anatomically constrained connectome please',
    'structural conectome',
  ])('"%s"', async (wish) => {
    const made = await outcome(wish);
    if (made.kind !== 'plan') throw new Error(JSON.stringify(made));
    expect(made.plan.stages).toMatchObject([{ pipeline: 'diffusion/act-connectome' }]);
  });

  it('says what is missing where there is no T1w either', async () => {
    expect(await outcome('act connectome', 'T1w')).toMatchObject({
      kind: 'cannot',
      reasons: [
        'no tissues with parcellation, no freesurfer, no t1w: diffusion/act-connectome needs one of them',
      ],
    });
  });
});
