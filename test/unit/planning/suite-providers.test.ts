import { describe, expect, it } from 'vitest';
import type { EnvironmentProbe } from '../../../src/planning/compile/choose-providers.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { CompiledStage } from '../../../src/planning/job.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { datasets, messages, planOf, world, writeDataset } from './support.js';

const everywhere: EnvironmentProbe = () => Promise.resolve({ available: true });
const only =
  (...names: string[]): EnvironmentProbe =>
  (name) =>
    Promise.resolve(
      names.includes(name)
        ? { available: true }
        : { available: false, reason: `${name} is not locked`, remedy: `neuroclaw env lock ${name}` },
    );

async function compiled(
  pipeline: string,
  data: string,
  providers: Record<string, string>,
  environments = everywhere,
  more: object = {},
): Promise<CompiledStage> {
  const { skills, pipelines } = await world;
  const plan = planOf({ pipeline, data: { bids: data }, providers, ...more });
  return compileStage(plan, 'work', { skills, pipelines, datasets, environments });
}

const argvOf = ({ jobs }: CompiledStage, step: string): string =>
  jobs.find((job) => job.step === step)?.argv.join(' ') ?? '';
const errors = (stage: CompiledStage): string[] =>
  messages(stage).filter((message) => message.startsWith('error'));

describe.skipIf(!hasTestData)('the motion correction of functional/preprocess', () => {
  const bids = (): string =>
    writeDataset(temporaryFolder(), { 'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 60 } });
  // Images of 2 x 2 x 2 voxels are refused for their slices, which is not what is looked at here.
  const judged = (stage: CompiledStage): string[] =>
    errors(stage).filter((message) => !message.includes('slices'));

  it('is MCFLIRT where the plan names it: series, motion in scanner space and reference volume', async () => {
    const stage = await compiled('functional/preprocess', bids(), { 'motion-correction': 'fsl/mcflirt' });
    expect(judged(stage)).toEqual([]);
    const job = stage.jobs.find(({ step }) => step === 'motion');
    expect(job?.argv.join(' ')).toMatch(/^mcflirt -in \/in\/bold\/.*bold\.nii -out \/out\/corrected -plots/);
    const published = job?.outputs.flatMap(({ id, publish }) => (publish === undefined ? [] : [id]));
    expect(published).toEqual(['corrected', 'reference_image']);
    const displacement = stage.jobs.find(({ step }) => step === 'displacement');
    expect(displacement?.inputs[0]?.files[0]).toEqual({
      name: 'motion.tsv',
      source: { from: 'job', job: job?.id, output: 'motion' },
    });
    expect(stage.providers).toMatchObject([{ skill: 'fsl/mcflirt', reason: 'the plan names it' }]);
  });

  it('is said to be another where FSL is not here', async () => {
    const stage = await compiled(
      'functional/preprocess',
      bids(),
      {},
      only('python-neuro', 'neuroclaw-pictures'),
    );
    expect(messages(stage).join('\n')).toMatch(
      /warning step motion: motion-correction by functional\/motion-correction instead of fsl\/mcflirt: fsl\/mcflirt cannot run here/,
    );
    expect(stage.providers).toMatchObject([
      { skill: 'functional/motion-correction', instead_of: 'fsl/mcflirt' },
    ]);
  });
});

describe('the filters of functional/clean', () => {
  const bids = (): string =>
    writeDataset(temporaryFolder(), {
      'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 100, headerTr: 2 },
    });
  const params = { smoothing_fwhm_mm: 6, high_pass_s: 100, low_pass_hz: 0.1 };

  it('are those of niimath by themselves, and say nothing', async () => {
    const stage = await compiled('functional/clean', bids(), {}, everywhere, { params });
    expect(errors(stage)).toEqual([]);
    expect(argvOf(stage, 'smooth')).toMatch(/^niimath .* -s 2\.54796/);
    expect(argvOf(stage, 'bandpass')).toMatch(/^niimath .* -bptf 25 2\.5 /);
  });

  it('are those of FSL where the plan names them, with the same widths in the same units', async () => {
    const providers = {
      'spatial-smoothing': 'fsl/fslmaths-smooth',
      'temporal-filtering': 'fsl/fslmaths-bandpass',
    };
    const stage = await compiled('functional/clean', bids(), providers, everywhere, { params });
    expect(errors(stage)).toEqual([]);
    expect(argvOf(stage, 'smooth')).toMatch(
      /^fslmaths \S+ -s 2\.54796\S* \/out\/smoothed\.nii\.gz -odt float$/,
    );
    expect(argvOf(stage, 'bandpass')).toMatch(/^fslmaths \S+ -bptf 25 2\.5 \/out\/filtered\.nii\.gz$/);
    expect(stage.jobs.find(({ step }) => step === 'smooth')?.outputs[0]?.publish).toMatch(/desc-clean_bold/);
  });
});

describe.skipIf(!hasTestData)('the tissues of structural/brain-and-tissue', () => {
  const template = hasTestData
    ? testData('templates', 'mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz')
    : '';

  it('are those of FAST where the plan names it, published under the same names', async () => {
    const published = async (providers: Record<string, string>): Promise<(string | undefined)[]> => {
      const stage = await compiled(
        'structural/brain-and-tissue',
        testData('bids', 'adult-t1w'),
        providers,
        everywhere,
        {
          inputs: { template },
          params: { mrf: 0.2 },
        },
      );
      expect(errors(stage)).toEqual([]);
      const job = stage.jobs.find(({ step }) => step === 'tissue');
      expect(job?.argv.join(' ')).toMatch(
        providers['tissue-segmentation'] === undefined
          ? /^Atropos .*-i KMeans\[3\] .*-m \[0\.2,1x1x1\]/
          : /^fast -t 1 -n 3 .*-H 0\.2 .*-o \/out\/fast \/in\/image\//,
      );
      return job?.outputs.flatMap(({ publish }) => publish ?? []).sort() ?? [];
    };
    const ants = await published({});
    expect(ants).toHaveLength(4);
    expect(await published({ 'tissue-segmentation': 'fsl/fast' })).toEqual(ants);
  });
});
