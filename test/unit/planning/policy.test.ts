import { describe, expect, it } from 'vitest';
import { NeuroClawError } from '../../../src/kernel/errors.js';
import { decide, decideModel, defaultPolicy, parsePolicy } from '../../../src/planning/policy.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, world, writeDataset } from './support.js';

async function stage() {
  const root = writeDataset(temporaryFolder(), {
    'sub-1/func/sub-1_task-x_bold.nii': {},
    'sub-2/func/sub-2_task-x_bold.nii': {},
  });
  return compile({ pipeline: 'functional/clean', data: { bids: root } });
}

const policy = (rules: Record<string, unknown>) =>
  parsePolicy({ schema: 'neuroclaw/policy@1', ...rules }, 'neuroclaw.policy.yaml');

describe('decide', () => {
  it('allows the pinned tools by default, and asks before tools of the host', async () => {
    const stages = [await stage()];
    const { skills } = await world;
    expect(decide(stages, defaultPolicy, { skills })).toEqual({ verdict: 'allow', findings: [] });
    const host = decide(stages, defaultPolicy, {
      skills,
      runtimeOf: (name) => (name === 'niimath' ? 'host' : 'embedded'),
    });
    expect(host.verdict).toBe('ask');
    expect(host.findings.map(({ code, message }) => [code, message])).toEqual([
      ['policy.approval', 'the policy asks about the runtime host (16 jobs)'],
    ]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ skills: { deny: ['niimath/sm*'] } }, 'the policy denies the skill niimath/smooth (2 jobs)'],
    [{ skills: { allow: ['niimath/*'] } }, 'the policy denies the skill quality/measures-bold (2 jobs)'],
    [
      { environments: { deny: ['neuroclaw-tools'] } },
      'the policy denies the environment neuroclaw-tools (2 jobs)',
    ],
    [{ participants: { deny: ['2'] } }, 'the policy denies data of sub-2 (9 jobs)'],
    [{ participants: { allow: ['2'] } }, 'the policy denies data of sub-1 (9 jobs)'],
  ])('%j denies', async (rules, message) => {
    const decision = decide([await stage()], policy(rules), await world);
    expect(decision.verdict).toBe('deny');
    expect(decision.findings.map((finding) => finding.message)).toEqual([message]);
    expect(decision.findings[0]).toMatchObject({ code: 'policy.denied', severity: 'error' });
  });

  it.each<[Record<string, unknown>, string, RegExp]>([
    [{ limits: { jobs: { deny: 3 } } }, 'deny', /denies 18 jobs of stage .*, more than 3/],
    [{ limits: { jobs: { ask: 3, deny: 100 } } }, 'ask', /asks about 18 jobs/],
    [{ limits: { disk_gb: { deny: 0 } } }, 'deny', /GB of stage .*, more than 0/],
    [{ limits: { hours: { ask: 0 } } }, 'ask', /hours of stage .*, more than 0/],
  ])('%j on what a stage costs: %s', async (rules, verdict, message) => {
    const decision = decide([await stage()], policy(rules), await world);
    expect(decision.verdict).toBe(verdict);
    expect(decision.findings.map((finding) => finding.message)).toEqual([expect.stringMatching(message)]);
  });

  it('lets a plan pass that stays below the limits', async () => {
    const rules = { limits: { jobs: { deny: 1000 }, disk_gb: { ask: 100 }, hours: { ask: 100 } } };
    expect(decide([await stage()], policy(rules), await world).verdict).toBe('allow');
  });

  it('says which models may be asked', () => {
    const rules = policy({ models: { allow: ['ollama:*'], ask: ['openai:*'] } });
    expect(['ollama:qwen3', 'openai:gpt-5', 'deepseek:x'].map((name) => decideModel(name, rules))).toEqual([
      'allow',
      'ask',
      'deny',
    ]);
    expect(decideModel('openai:gpt-5', defaultPolicy)).toBe('allow');
  });

  it('denying wins over asking, asking over allowing', async () => {
    const both = policy({ skills: { allow: ['*'], ask: ['niimath/*'], deny: ['niimath/smooth'] } });
    const { verdict, findings } = decide([await stage()], both, await world);
    expect(verdict).toBe('deny');
    expect(findings.filter(({ severity }) => severity === 'error').map(({ place }) => place?.skill)).toEqual([
      'niimath/smooth',
    ]);
  });

  it('sees whose data a job over the whole dataset reads', async () => {
    const root = writeDataset(temporaryFolder(), { 'sub-1/func/sub-1_task-x_bold.nii': {} });
    const validate = await compile({ pipeline: 'curation/validate', data: { bids: root } });
    expect(decide([validate], policy({ participants: { deny: ['1'] } }), await world).verdict).toBe('deny');
  });

  it('a skill that wants the network is denied unless the policy says otherwise', async () => {
    const { skills } = await world;
    const smooth = skills.skills.get('niimath/smooth');
    if (smooth === undefined) throw new Error('no skill');
    const online = Object.create(smooth, {
      contract: { value: { ...smooth.contract, network: 'required' } },
    }) as typeof smooth;
    const registry = { ...skills, skills: new Map([...skills.skills, ['niimath/smooth', online]]) };
    const stages = [await stage()];
    expect(decide(stages, defaultPolicy, { skills: registry }).findings[0]?.message).toBe(
      'the policy denies network access of niimath/smooth (2 jobs)',
    );
    expect(decide(stages, policy({ network: 'ask' }), { skills: registry }).verdict).toBe('ask');
    expect(decide(stages, policy({ network: 'allow' }), { skills: registry }).verdict).toBe('allow');
  });
});

it('a broken policy is refused with every field, never taken for an open one', () => {
  let thrown: unknown;
  try {
    policy({ network: 'none', skill: { deny: ['*'] } });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(NeuroClawError);
  expect((thrown as NeuroClawError).findings.map(({ place }) => place?.field)).toEqual(['network', 'skill']);
});
