import { describe, expect, it } from 'vitest';
import type { EnvironmentProbe } from '../../../src/planning/compile/choose-providers.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { CompiledStage } from '../../../src/planning/job.js';
import { hasTestData, testData } from '../../support/data.js';
import { datasets, messages, planOf, world } from './support.js';

const here =
  (...names: string[]): EnvironmentProbe =>
  (name) =>
    Promise.resolve(
      names.includes(name) || name.startsWith('neuroclaw')
        ? { available: true }
        : { available: false, reason: `${name} is not locked`, remedy: `neuroclaw env lock ${name}` },
    );

async function compiled(
  stage: Record<string, unknown>,
  environments: EnvironmentProbe,
): Promise<CompiledStage> {
  const { skills, pipelines } = await world;
  const data = { bids: testData('bids', 'adult-t1w') };
  const plan = planOf({ pipeline: 'structural/brain-and-tissue', data, ...stage });
  return compileStage(plan, 'work', { skills, pipelines, datasets, environments });
}

const template = {
  template: hasTestData ? testData('templates', 'mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz') : '',
};
const stepsOf = ({ jobs }: CompiledStage): string[] => jobs.map(({ step }) => step);
const ofMask = ({ providers }: CompiledStage) => providers.filter(({ step }) => step === 'mask');
const maskedBy = ({ jobs }: CompiledStage): string | undefined =>
  jobs.find(({ step }) => step === 'mask')?.skill;

describe.skipIf(!hasTestData)('the brain mask of structural/brain-and-tissue', () => {
  it('comes from a registration to the template where ANTs is here', async () => {
    const stage = await compiled({ inputs: template }, here('ants'));
    expect(messages(stage)).toEqual([]);
    expect(maskedBy(stage)).toBe('ants/brain-mask-from-template');
    expect(stepsOf(stage)).toContain('locate');
    expect(ofMask(stage)).toMatchObject([{ reason: 'the first preference' }]);
  });

  it('asks for the template that this way needs', async () => {
    expect(messages(await compiled({}, here('ants')))).toContain('error no file is given for template');
  });

  it.each(['fsl/bet', 'freesurfer/synthstrip'])(
    'comes from %s where the plan names it, without template and registration',
    async (skill) => {
      const stage = await compiled(
        { providers: { 'brain-extraction': skill } },
        here('ants', 'fsl', 'freesurfer', 'freesurfer-synthstrip'),
      );
      expect(messages(stage).filter((message) => message.startsWith('error'))).toEqual([]);
      expect(maskedBy(stage)).toBe(skill);
      for (const step of ['locate', 'template-mask', 'coarse-template'])
        expect(stepsOf(stage)).not.toContain(step);
      expect(stepsOf(stage)).toEqual(expect.arrayContaining(['bias', 'mask', 'brain', 'tissue']));
      expect(ofMask(stage)).toMatchObject([{ capability: 'brain-extraction', skill }]);
    },
  );

  it('is refused where the named tool cannot run here, with what to do', async () => {
    const stage = await compiled({ providers: { 'brain-extraction': 'fsl/bet' } }, here('ants'));
    expect(messages(stage)[0]).toMatch(/nothing provides brain-extraction here: fsl\/bet cannot run here/);
    expect(stage.findings[0]?.suggestion).toContain('neuroclaw env lock fsl');
  });
});
