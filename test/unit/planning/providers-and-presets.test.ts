import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../../src/planning/check-pipeline.js';
import type { EnvironmentProbe } from '../../../src/planning/compile/choose-providers.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { CompiledStage } from '../../../src/planning/job.js';
import { provisionProblems } from '../../../src/skills/capability.js';
import { temporaryFolder } from '../../support/temporary.js';
import { makeSkill } from '../skills/make-skill.js';
import { datasets, messages, pipelineOf, planOf, world, writeDataset } from './support.js';

const parts = {
  inputs: { t1w: { query: { suffix: 'T1w' } } },
  parameters: {
    sigma_mm: { type: 'number', default: 2, minimum: 0.5, maximum: 5, unit: 'mm', description: 'x' },
  },
  presets: { testing: { about: 'coarse', params: { sigma_mm: 4 } } },
  steps: [
    {
      id: 'mask',
      capability: 'head-mask',
      for_each: 't1w',
      inputs: { image: 't1w' },
      publish: { mask: { desc: 'head', suffix: 'mask' } },
    },
    {
      id: 'smooth',
      skill: 'niimath/smooth',
      for_each: 't1w',
      inputs: { image: 't1w' },
      params: { sigma_mm: '$sigma_mm' },
    },
    { id: 'apply', skill: 'niimath/apply-mask', inputs: { image: 'smooth.smoothed', mask: 'mask.mask' } },
  ],
};

async function compiled(
  stage: Record<string, unknown> = {},
  environments?: EnvironmentProbe,
): Promise<CompiledStage> {
  const { skills, pipelines } = await world;
  const bids = writeDataset(temporaryFolder(), { 'sub-01/anat/sub-01_T1w.nii': { volumes: 1, tr: null } });
  const plan = planOf({ pipeline: pipelineOf(parts), data: { bids }, ...stage });
  return compileStage(plan, 'work', {
    skills,
    pipelines,
    datasets,
    ...(environments === undefined ? {} : { environments }),
  });
}

const lacking =
  (...names: string[]): EnvironmentProbe =>
  (name) =>
    Promise.resolve(
      names.includes(name)
        ? { available: false, reason: `${name} is not locked`, remedy: `neuroclaw env lock ${name}` }
        : { available: true },
    );

const skillOfMask = (stage: CompiledStage) => stage.jobs.find(({ step }) => step === 'mask')?.skill;

describe('who serves a capability', () => {
  it('is the first preference where it can run, without a word', async () => {
    const stage = await compiled({}, lacking());
    expect(messages(stage)).toEqual([]);
    expect(skillOfMask(stage)).toBe('niimath/head-mask');
    expect(stage.providers).toEqual([
      { step: 'mask', capability: 'head-mask', skill: 'niimath/head-mask', reason: 'the first preference' },
    ]);
    expect(stage.jobs.find(({ step }) => step === 'apply')?.needs).toContain('work/mask/sub-01_T1w');
  });

  it('is the next where it cannot, and the person is told why and what would mend it', async () => {
    const stage = await compiled({}, lacking('niimath'));
    // niimath is not there for the other steps either: choosing is what is tested here, not preflight.
    expect(skillOfMask(stage)).toBe('quality/measures-t1w');
    expect(stage.findings).toHaveLength(1);
    expect(stage.findings[0]).toMatchObject({
      code: 'plan.substitution',
      severity: 'warning',
      suggestion: 'neuroclaw env lock niimath; or --use head-mask=SKILL',
    });
    expect(stage.findings[0]?.message).toMatch(
      /^step mask: head-mask by quality\/measures-t1w instead of niimath\/head-mask: niimath\/head-mask cannot run here \(niimath is not locked\)\. /,
    );
    expect(stage.providers[0]?.instead_of).toBe('niimath/head-mask');
    // The published mask and the step that follows come from the substitute.
    expect(stage.jobs.flatMap(({ outputs }) => outputs.flatMap(({ publish }) => publish ?? []))).toEqual([
      'sub-01/anat/sub-01_desc-head_mask.nii.gz',
    ]);
  });

  it('is whom the plan names, and nobody else', async () => {
    const named = await compiled({ providers: { 'head-mask': 'quality/measures-t1w' } }, lacking());
    expect(messages(named)).toEqual([]);
    expect(skillOfMask(named)).toBe('quality/measures-t1w');
    expect(named.providers[0]?.reason).toBe('the plan names it');
    const absent = await compiled({ providers: { 'head-mask': 'niimath/head-mask' } }, lacking('niimath'));
    expect(messages(absent)[0]).toMatch(
      /^error step mask: nothing provides head-mask here: niimath\/head-mask cannot run/,
    );
    const wrong = await compiled({ providers: { 'head-mask': 'niimath/smooth' } }, lacking());
    expect(messages(wrong)[0]).toMatch(/niimath\/smooth does not provide head-mask$/);
    expect(wrong.findings[0]?.expected).toBe('one of niimath/head-mask, quality/measures-t1w');
    const typo = await compiled({ providers: { 'haed-mask': 'x/y' } }, lacking());
    expect(messages(typo)).toContain('error test/pipeline asks for no haed-mask');
  });

  it('is an error that names each and what it lacks where nobody can', async () => {
    const stage = await compiled({}, lacking('niimath', 'neuroclaw-tools'));
    expect(stage.jobs).toEqual([]);
    expect(stage.findings[0]).toMatchObject({
      severity: 'error',
      suggestion: 'neuroclaw env lock niimath; or neuroclaw env lock neuroclaw-tools',
    });
    expect(messages(stage)[0]).toMatch(
      /niimath\/head-mask cannot run here .*; quality\/measures-t1w cannot run here/,
    );
  });
});

describe('contracts of capabilities', () => {
  it('are held by every skill that says it provides one', async () => {
    const { skills } = await world;
    const problems = [...skills.skills.values()].flatMap((skill) =>
      provisionProblems(skill, skills.capabilities),
    );
    expect(problems).toEqual([]);
    const served = [...skills.skills.values()].filter(({ contract }) => 'head-mask' in contract.provides);
    expect(served.length).toBeGreaterThanOrEqual(2);
  });

  it('are not held by a skill with another kind, a role that nobody fills, or a name that is not there', async () => {
    const { skills } = await world;
    const tool = makeSkill(
      {
        'command-line': 'tool [A] [B] /out/m.nii.gz',
        inputs: [
          { id: 'image', name: 'A', type: 'File', 'value-key': '[A]' },
          { id: 'atlas', name: 'B', type: 'File', 'value-key': '[B]' },
        ],
        'output-files': [{ id: 'm', name: 'M', 'path-template': '/out/m.nii.gz', optional: false }],
      },
      {
        capabilities: ['head-mask'],
        inputs: { image: { kind: 'mif' }, atlas: { kind: 'nifti' } },
        provides: { 'head-mask': { set: { speed: 3 } }, 'haed-mask': {} },
      },
    );
    expect(provisionProblems(tool, skills.capabilities).map(({ message }) => message)).toEqual([
      'image is mif, head-mask has nifti',
      'test/tool has no mask',
      'test/tool has no parameter speed',
      'no role of head-mask fills atlas, which test/tool needs',
      'there is no capability haed-mask',
    ]);
  });

  it('hold for steps: roles, outputs and parameters by the names of the capability', async () => {
    const { skills } = await world;
    const bad = pipelineOf({
      ...parts,
      parameters: {},
      presets: { testing: { about: 'x', params: { streamlines: 1 } } },
      methods: [{ text: 'Masked by {mask.tol}.', step: 'maks' }],
      qc: { snr: { from: 'mask.mask', value: 'x', about: 'x' } },
      steps: [
        {
          id: 'mask',
          capability: 'head-mask',
          prefer: ['niimath/smooth'],
          for_each: 't1w',
          inputs: { picture: 't1w' },
          params: { sigma: 1 },
          publish: { masc: {} },
        },
        { id: 'other', capability: 'hed-mask', for_each: 't1w', inputs: { image: 't1w' } },
      ],
    });
    const found = checkPipeline(bad, skills).map(({ message }) => message);
    expect(found).toEqual([
      'mask: niimath/smooth does not provide head-mask',
      'mask: head-mask has no input picture',
      'mask: the role image of head-mask is bound to nothing',
      'mask: head-mask has no parameter sigma',
      'mask: head-mask has no output masc',
      'other: there is no capability hed-mask',
      'the pipeline has no parameter streamlines',
      'mask.mask is nifti',
      'there is no step maks',
      '{mask.tol} stands for nothing',
    ]);
  });
});

describe('presets', () => {
  const sigma = (stage: CompiledStage) =>
    stage.jobs.find(({ step }) => step === 'smooth')?.params['sigma_mm'];

  it('change the defaults, which are the precise ones, and give way to what is set', async () => {
    expect(sigma(await compiled())).toBe(2);
    expect(sigma(await compiled({ preset: 'precise' }))).toBe(2);
    const testing = await compiled({ preset: 'testing' });
    expect([sigma(testing), testing.preset]).toEqual([4, 'testing']);
    expect(sigma(await compiled({ preset: 'testing', params: { sigma_mm: 3 } }))).toBe(3);
  });

  it('are named where one is not known', async () => {
    const stage = await compiled({ preset: 'tseting' });
    expect(messages(stage)).toEqual(['error test/pipeline has no preset tseting; did you mean testing?']);
    expect(stage.findings[0]?.expected).toBe('one of precise, testing');
  });
});
