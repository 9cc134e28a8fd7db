import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../../src/planning/check-pipeline.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { CompiledStage, Job } from '../../../src/planning/job.js';
import type { Pipeline } from '../../../src/planning/pipeline.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, datasets, messages, pipelineOf, planOf, world, writeDataset } from './support.js';

const bvec = (volumes: number): string =>
  ['1', '0', '0'].map((value) => new Array<string>(volumes).fill(value).join(' ')).join('\n');

const bvals = {
  single: '0 1000 1005 995 1000 1000 1000 1000',
  multi: '0 1000 1000 1000 2000 2000 3000 3000',
  // A scanner that writes 5 for b=0.
  noisy: '5 1000 1000 1000 1000 1000 1000 1000',
};

function dataset(
  participants: Record<string, keyof typeof bvals>,
  more: Record<string, string> = {},
): string {
  const files = Object.entries(participants).flatMap(([label, kind]) => {
    const base = `sub-${label}/dwi/sub-${label}_dwi`;
    return [
      [`${base}.nii.gz`.replace('.gz', ''), { volumes: 8, headerTr: 5 }],
      [`${base}.bval`, bvals[kind]],
      [`${base}.bvec`, bvec(8)],
    ] as const;
  });
  return writeDataset(temporaryFolder(), { ...Object.fromEntries(files), ...more });
}

/** What stands against the plan: notes on adaptations have tests of their own. */
const objections = (stage: CompiledStage): string[] =>
  messages(stage).filter((message) => !message.startsWith('info '));
const steps = (stage: CompiledStage): string[] => stage.jobs.map((job) => job.step);
const published = (stage: CompiledStage): string[] =>
  stage.jobs.flatMap((job) => job.outputs.flatMap((output) => output.publish ?? [])).sort();
function source(job: Job | undefined, role: string): unknown {
  return job?.inputs.find((input) => input.role === role)?.files[0]?.source;
}

describe('diffusion/tensor', () => {
  const stage = (params = {}): Record<string, unknown> => ({
    pipeline: 'diffusion/tensor',
    data: { bids: dataset({ '01': 'single' }) },
    params,
  });

  it('takes gradients with the image, and publishes them with it again', async () => {
    const compiled = await compile(stage());
    expect(objections(compiled)).toEqual([]);
    expect(compiled.jobs[0]?.argv.slice(0, 4)).toEqual([
      'mrconvert',
      '/in/image/sub-01_dwi.nii',
      '/out/dwi.mif',
      '-fslgrad',
    ]);
    expect(published(compiled)).toEqual([
      'sub-01/dwi/sub-01_desc-brain_mask.nii.gz',
      'sub-01/dwi/sub-01_desc-preproc_dwi.bval',
      'sub-01/dwi/sub-01_desc-preproc_dwi.bvec',
      'sub-01/dwi/sub-01_desc-preproc_dwi.nii.gz',
      'sub-01/dwi/sub-01_model-tensor_param-ad_dwimap.nii.gz',
      'sub-01/dwi/sub-01_model-tensor_param-direction_dwimap.nii.gz',
      'sub-01/dwi/sub-01_model-tensor_param-fa_dwimap.nii.gz',
      'sub-01/dwi/sub-01_model-tensor_param-md_dwimap.nii.gz',
      'sub-01/dwi/sub-01_model-tensor_param-rd_dwimap.nii.gz',
    ]);
  });

  it('works on the converted series where denoising and unringing are off', async () => {
    const compiled = await compile(stage({ denoise: false, unring: false }));
    expect(steps(compiled)).not.toContain('denoise');
    const tensor = compiled.jobs.find((job) => job.step === 'tensor');
    expect(source(tensor, 'dwi')).toMatchObject({ job: 'work/import/sub-01_dwi', output: 'dwi' });
  });

  it('says what is missing: gradients, volumes', async () => {
    const bare = writeDataset(temporaryFolder(), { 'sub-01/dwi/sub-01_dwi.nii': { volumes: 3 } });
    const compiled = await compile({ pipeline: 'diffusion/tensor', data: { bids: bare } });
    expect(messages(compiled).join('\n')).toMatch(/error no bvec for sub-01/);
    const few = writeDataset(temporaryFolder(), {
      'sub-01/dwi/sub-01_dwi.nii': { volumes: 6 },
      'sub-01/dwi/sub-01_dwi.bval': '0 1 1 1 1 1',
      'sub-01/dwi/sub-01_dwi.bvec': bvec(6),
    });
    const short = await compile({ pipeline: 'diffusion/tensor', data: { bids: few } });
    expect(messages(short).join('\n')).toMatch(/error .*6 volumes/);
  });
});

describe('diffusion/tractogram', () => {
  const stage = (kind: keyof typeof bvals, params = {}): Record<string, unknown> => ({
    pipeline: 'diffusion/tractogram',
    data: { bids: dataset({ '01': kind }) },
    params,
  });

  it.each(['single', 'noisy'] as const)('deconvolves one tissue of a single shell (%s)', async (kind) => {
    const compiled = await compile(stage(kind));
    expect(objections(compiled)).toEqual([]);
    expect(steps(compiled)).toEqual(
      expect.arrayContaining(['response-single', 'fod-single', 'track', 'density']) as string[],
    );
    expect(steps(compiled).filter((step) => step.endsWith('-multi'))).toEqual([]);
    const track = compiled.jobs.find((job) => job.step === 'track');
    expect(source(track, 'fod')).toMatchObject({ job: 'work/fod-single/sub-01_dwi', output: 'fod' });
    expect(track?.params).toMatchObject({ select: 5000, algorithm: 'iFOD2' });
    expect(published(compiled)).toEqual([
      'sub-01/dwi/sub-01_desc-brain_mask.nii.gz',
      'sub-01/dwi/sub-01_desc-density_dwimap.nii.gz',
      'sub-01/dwi/sub-01_desc-lengths_tractography.txt',
      'sub-01/dwi/sub-01_tractography.tck',
    ]);
  });

  it('deconvolves three tissues of several shells', async () => {
    const compiled = await compile(stage('multi'));
    expect(steps(compiled).filter((step) => step.endsWith('-single'))).toEqual([]);
    const track = compiled.jobs.find((job) => job.step === 'track');
    expect(source(track, 'fod')).toMatchObject({ job: 'work/fod-multi/sub-01_dwi', output: 'wmfod' });
  });

  it('decides for each series of a dataset', async () => {
    const root = dataset({ '01': 'single', '02': 'multi' });
    const compiled = await compile({ pipeline: 'diffusion/tractogram', data: { bids: root } });
    const fods = compiled.jobs.filter((job) => job.step.startsWith('fod-')).map((job) => job.id);
    expect(fods).toEqual(['work/fod-single/sub-01_dwi', 'work/fod-multi/sub-02_dwi']);
    expect(compiled.jobs.filter((job) => job.step === 'track').map((job) => job.needs)).toEqual([
      expect.arrayContaining(['work/fod-single/sub-01_dwi']),
      expect.arrayContaining(['work/fod-multi/sub-02_dwi']),
    ]);
  });

  it('hands parameters on to tckgen, and refuses those out of range', async () => {
    const compiled = await compile(stage('single', { streamlines: 10, algorithm: 'SD_STREAM' }));
    const argv = compiled.jobs.find((job) => job.step === 'track')?.argv.join(' ');
    expect(argv).toMatch(/-algorithm SD_STREAM .*-select 10 .*-maxlength 250/);
    const wrong = await compile(stage('single', { streamlines: 0 }));
    expect(messages(wrong).join()).toMatch(/streamlines is 0, below 1/);
  });

  it('names the line of b-values that are no numbers', async () => {
    const root = dataset({ '01': 'single' });
    const broken = writeDataset(root, { 'sub-01/dwi/sub-01_dwi.bval': '0 1000 x 1000 1000 1000 1000 1000' });
    const compiled = await compile({ pipeline: 'diffusion/tractogram', data: { bids: broken } });
    expect(messages(compiled)).toContain('error x is no number');
  });
});

describe('diffusion/connectome', () => {
  it('takes the parcellation of the participant, and weights where asked', async () => {
    const root = dataset({ '01': 'single' });
    writeDataset(root, { 'sub-01/anat/sub-01_space-dwi_dseg.nii': { volumes: 1, tr: null } });
    const stage = { pipeline: 'diffusion/connectome', data: { bids: root } };
    const compiled = await compile(stage);
    expect(objections(compiled)).toEqual([]);
    const matrix = compiled.jobs.find((job) => job.step === 'connectome');
    expect(source(matrix, 'nodes')).toMatchObject({ from: 'dataset' });
    expect(matrix?.inputs.map((input) => input.role)).toEqual(['tracks', 'nodes']);
    expect(published(compiled)).toContain('sub-01/dwi/sub-01_desc-connectome_relmat.tsv');
    const weighted = await compile({ ...stage, params: { sift2: true } });
    const roles = weighted.jobs.find((job) => job.step === 'connectome')?.inputs.map((input) => input.role);
    expect(roles).toEqual(['tracks', 'nodes', 'weights']);
  });

  it('says that there is no parcellation', async () => {
    const stage = { pipeline: 'diffusion/connectome', data: { bids: dataset({ '01': 'single' }) } };
    expect(messages(await compile(stage)).join('\n')).toMatch(/no dseg file for sub-01/);
  });
});

describe('a role that is bound to alternatives', () => {
  const smooth = (either: readonly string[]): Pipeline =>
    pipelineOf({
      inputs: { bold: { query: { suffix: 'bold' } } },
      parameters: { mean: { type: 'boolean', default: true, description: 'x' } },
      steps: [
        {
          id: 'mean',
          skill: 'niimath/temporal-mean',
          for_each: 'bold',
          inputs: { image: 'bold' },
          when: 'mean',
        },
        {
          id: 'std',
          skill: 'niimath/temporal-std',
          for_each: 'bold',
          inputs: { image: 'bold' },
          when: '!mean',
        },
        { id: 'last', skill: 'niimath/smooth', inputs: { image: { either } }, params: { sigma_mm: 2 } },
      ],
    });

  it('takes the first that is there', async () => {
    const { skills } = await world;
    const root = writeDataset(temporaryFolder(), { 'sub-01/func/sub-01_task-x_bold.nii': {} });
    const pipeline = smooth(['mean.mean', 'std.std']);
    expect(checkPipeline(pipeline, skills)).toEqual([]);
    for (const [mean, step] of [
      [true, 'mean'],
      [false, 'std'],
    ] as const) {
      const plan = planOf({ pipeline: pipeline.id, data: { bids: root }, params: { mean } });
      const pipelines = new Map([[pipeline.id, pipeline]]);
      const compiled = await compileStage(plan, 'work', { skills, pipelines, datasets });
      expect(steps(compiled)).toEqual([step, 'last']);
      expect(source(compiled.jobs[1], 'image')).toMatchObject({ output: step });
    }
  });

  it('is checked like any other: unknown steps, outputs and kinds', async () => {
    const { skills } = await world;
    const said = (either: readonly string[]): string =>
      checkPipeline(smooth(either), skills)
        .map((finding) => finding.message)
        .join('; ');
    expect(said(['mean.mean', 'nothing.std'])).toMatch(/there is no step nothing/);
    expect(said(['mean.men', 'std.std'])).toMatch(/has no output men/);
  });
});
