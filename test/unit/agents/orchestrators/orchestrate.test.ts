import { cpSync, mkdirSync, renameSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Budget } from '../../../../src/agents/budget.js';
import type { ModelRequest } from '../../../../src/agents/model.js';
import type { OrchestratorStep } from '../../../../src/agents/orchestrators/orchestrate.js';
import { nothingShared } from '../../../../src/agents/safety/privacy.js';
import { NeuroClaw } from '../../../../src/app/neuroclaw.js';
import { orchestrateRequest, type OrchestrationRequest } from '../../../../src/app/orchestrate.js';
import { loadSettings } from '../../../../src/config/settings.js';
import { NeuroClawError } from '../../../../src/kernel/errors.js';
import { hasTestData, testData } from '../../../support/data.js';
import { plannedAnswer, scriptedModel, type ScriptedReply } from '../../../support/scripted-model.js';
import { temporaryFolder } from '../../../support/temporary.js';

const look = (name: string, args: Record<string, string> = {}): ScriptedReply => ({
  calls: [{ name, arguments: args }],
});
const ready: ScriptedReply = 'I am ready.';
const clean = plannedAnswer({ pipeline: 'functional/clean', params: { smoothing_fwhm_mm: '6' } });
const pass = JSON.stringify({ verdict: 'pass', reasons: [] });

describe.skipIf(!hasTestData)('an orchestrator', () => {
  let app: NeuroClaw;
  let data: string;
  beforeAll(() => {
    app = new NeuroClaw(loadSettings({ env: {} }), 'test');
    data = testData('bids', 'haxby-slice');
  });

  function ask(
    script: Parameters<typeof scriptedModel>[0],
    change: Partial<OrchestrationRequest> = {},
    budget = new Budget(),
  ) {
    const model = scriptedModel(script);
    const steps: OrchestratorStep[] = [];
    const out = temporaryFolder();
    const request = { agent: 'functional', wish: 'smooth the BOLD runs with 6 mm', data, out, ...change };
    const tools = {
      model,
      budget,
      sharing: nothingShared,
      onStep: (step: OrchestratorStep) => steps.push(step),
    };
    return { model, steps, out, done: orchestrateRequest(request, app, tools) };
  }

  it('looks, plans, and the plan compiles; who planned it and what it took is in the plan', async () => {
    const budget = new Budget();
    const { model, done, steps, out } = ask(
      [look('dataset'), look('pipelines'), look('pipeline', { id: 'functional/clean' }), ready, clean],
      {},
      budget,
    );
    const { outcome, by, compiled, notices } = await done;
    expect([by, notices]).toEqual(['model', []]);
    if (outcome.kind !== 'plan') throw new Error(JSON.stringify(outcome));
    expect(outcome.plan).toMatchObject({
      out,
      request: 'smooth the BOLD runs with 6 mm',
      stages: [{ pipeline: 'functional/clean', data: { bids: data }, params: { smoothing_fwhm_mm: 6 } }],
      origin: {
        planner: 'model',
        model: { name: 'scripted:test', agent: 'functional', corrections: 0 },
      },
    });
    expect(outcome.plan.origin.model?.input_tokens).toBe(budget.spent.inputTokens);
    expect(compiled[0]?.jobs.length).toBeGreaterThan(0);
    expect(steps.filter(({ type }) => type === 'looked')).toHaveLength(3);
    const seen = model.requests.at(-1)?.messages.filter(({ role }) => role === 'tool') ?? [];
    expect(seen).toHaveLength(3);
    for (const { text } of seen) expect(text).toMatch(/^<untrusted-/);
  });

  it('is told no folder, no date and no label, and gives the same prompts twice', async () => {
    const root = join(temporaryFolder(), 'secret-folder');
    cpSync(data, root, { recursive: true });
    renameLabel(root, 'JaneDoe');
    const script = [
      look('dataset'),
      look('participant', { participant: 'p01' }),
      look('files', { datatype: 'func', suffix: 'bold' }),
      look('readme'),
      look('runs'),
      ready,
      plannedAnswer({ pipeline: 'functional/clean', participants: ['p01'] }),
    ];
    const first = ask(script, { data: root, wish: 'smooth the runs of sub-JaneDoe, scanned 2019-03-14' });
    const { outcome } = await first.done;
    const prompts = JSON.stringify(first.model.requests);
    expect(prompts).toContain('p01');
    for (const secret of ['JaneDoe', 'secret-folder', '2019-03-14', first.out])
      expect(prompts).not.toContain(secret);
    // What comes back is in the person's own names.
    expect(outcome).toMatchObject({ kind: 'plan', plan: { stages: [{ participants: ['JaneDoe'] }] } });
    const second = ask(script, { data: root, wish: 'smooth the runs of sub-JaneDoe, scanned 2019-03-14' });
    await second.done;
    expect(JSON.stringify(second.model.requests)).toBe(prompts);
  });

  it('gets the problems of the checker and the compiler back, and may mend its plan', async () => {
    const { done, model, steps } = ask([
      ready,
      plannedAnswer({ pipeline: 'functional/claen', params: {} }),
      plannedAnswer({ pipeline: 'functional/clean', params: { smoothing_fwhm_mm: '60', high_pas_s: '128' } }),
      clean,
    ]);
    const { outcome, by } = await done;
    expect([outcome.kind, by]).toEqual(['plan', 'model']);
    if (outcome.kind === 'plan') expect(outcome.plan.origin.model?.corrections).toBe(2);
    const told = steps.flatMap((step) => (step.type === 'corrected' ? step.problems : []));
    expect(told.join('\n')).toMatch(/functional\/claen is none of yours; did you mean functional\/clean/);
    expect(told.join('\n')).toMatch(/smoothing_fwhm_mm.*above/);
    expect(told.join('\n')).toMatch(/high_pas_s: .*no such parameter; did you mean high_pass_s/);
    expect(model.requests.at(-1)?.messages.at(-1)?.text).toContain('does not pass the checker');
  });

  it('that does not mend it in two corrections is replaced by the rules, said aloud', async () => {
    const wrong = plannedAnswer({ pipeline: 'no/such', params: {} });
    const { done, model } = ask([ready, wrong, 'not even JSON', wrong]);
    const { outcome, by, notices } = await done;
    expect([outcome.kind, by]).toEqual(['plan', 'rules']);
    if (outcome.kind === 'plan') expect(outcome.plan.origin.planner).toBe('rules');
    expect(notices[0]).toMatch(
      /^planned by rules: the plan of the model did not pass the checker after 2 corrections/,
    );
    expect(model.requests).toHaveLength(4);
  });

  it.each([
    [
      'a provider that fails',
      { fail: new NeuroClawError('provider.server', 'it failed') },
      /could not plan \(it failed\)/,
    ],
    [
      'a model that declines',
      {
        result: {
          text: '',
          toolCalls: [],
          usage: undefined,
          finish: 'refusal' as const,
          refusal: 'no thanks',
        },
      },
      /declined to answer: no thanks/,
    ],
  ])('%s: the rules plan, said aloud', async (_what, reply, message) => {
    const { done } = ask([ready, reply]);
    const { outcome, by, notices } = await done;
    expect([outcome.kind, by]).toEqual(['plan', 'rules']);
    expect(notices[0]).toMatch(message);
  });

  it('a budget that is spent: the rules plan, said aloud, and nothing more is asked', async () => {
    const { done, model } = ask([ready, clean], {}, new Budget({ limits: { tokens: 50 } }));
    const { by, notices } = await done;
    expect(by).toBe('rules');
    expect(notices[0]).toMatch(/budget of the conversation is spent/);
    expect(model.requests).toHaveLength(1);
  });

  it('a defect is not hidden behind the rules', async () => {
    await expect(ask([{ fail: new TypeError('a bug') }]).done).rejects.toThrow('a bug');
  });

  it('is stopped by the person, and nothing plans instead', async () => {
    const stop = new AbortController();
    stop.abort(new NeuroClawError('job.cancelled', 'stopped'));
    await expect(ask([ready, clean], { signal: stop.signal }).done).rejects.toMatchObject({
      code: 'job.cancelled',
    });
  });

  it('may ask, in the names of the person', async () => {
    const question = plannedAnswer({ question: 'Shall p01 be left out?', choices: ['yes', 'no'] });
    const { outcome } = await ask([ready, question]).done;
    const [label] = readdirSync(data).filter((name) => name.startsWith('sub-'));
    expect(outcome).toMatchObject({
      kind: 'question',
      questions: [{ text: `Shall ${label} be left out?`, choices: ['yes', 'no'] }],
    });
  });

  it('may say that it cannot, because; without a reason it is asked for one', async () => {
    const { outcome } = await ask([
      ready,
      plannedAnswer({ cannot: [] }),
      plannedAnswer({ cannot: ['there is no T1w image'] }),
    ]).done;
    expect(outcome).toMatchObject({ kind: 'cannot', reasons: ['there is no T1w image'] });
  });

  it('that goes in circles, or cannot write arguments, must conclude', async () => {
    const circles = ask((_request, turn) => (turn < 5 ? look('dataset') : clean));
    expect((await circles.done).outcome.kind).toBe('plan');
    expect(circles.model.requests).toHaveLength(6);

    const broken = {
      result: {
        text: '',
        toolCalls: [{ id: 'x', name: 'dataset', arguments: {}, malformed: '{' }],
        usage: undefined,
        finish: 'tools' as const,
      },
    };
    const clumsy = ask((_request, turn) => (turn < 3 ? broken : clean));
    expect((await clumsy.done).outcome.kind).toBe('plan');
    expect(clumsy.model.requests).toHaveLength(4);
    expect(clumsy.model.requests[1]?.messages.at(-1)).toMatchObject({
      failed: true,
      text: expect.stringContaining('not a JSON object'),
    });
  });

  it('that never says it is ready runs out of turns and must conclude', async () => {
    let asked = 0;
    const { done, model } = ask((request) =>
      isEnd(request) ? clean : look('skill', { id: `no/such-${(asked += 1)}` }),
    );
    expect((await done).outcome.kind).toBe('plan');
    expect(model.requests).toHaveLength(12);
  });

  it.each([
    ['a pipeline of another field', { pipeline: 'diffusion/tensor' }, /none of yours/],
    [
      'a skill of another field',
      { pipeline: 'functional/clean', use: { 'smooth-image': 'mrtrix3/mrfilter' } },
      /none of yours/,
    ],
    [
      'people who are not there',
      { pipeline: 'functional/clean', participants: ['p99'] },
      /no participant p99/,
    ],
    ['a label that it guessed', { pipeline: 'functional/clean', participants: ['1'] }, /no participant 1/],
    [
      'a path for a value',
      { pipeline: 'functional/glm', params: { contrasts: '/etc/passwd' } },
      /looks like a path/,
    ],
    [
      'an option for a value',
      { pipeline: 'functional/glm', params: { contrasts: '--force' } },
      /looks like an option/,
    ],
    [
      'an entity that is none',
      { pipeline: 'functional/clean', select: { task: '../../rest' } },
      /no entity of BIDS/,
    ],
    ['data that hold nothing for it', { pipeline: 'functional/clean', select: { task: 'nothing' } }, /stage/],
  ])('cannot plan with %s', async (_what, stage, message) => {
    const { done, steps } = ask([ready, plannedAnswer(stage), plannedAnswer(stage), plannedAnswer(stage)]);
    expect((await done).by).toBe('rules');
    const told = steps.flatMap((step) => (step.type === 'corrected' ? step.problems : []));
    expect(told.join('\n')).toMatch(message);
  });

  it('keeps to the people that the person named', async () => {
    const all = ask([ready, plannedAnswer({ pipeline: 'functional/clean' })], { participants: ['1'] });
    expect((await all.done).outcome).toMatchObject({ plan: { stages: [{ participants: ['1'] }] } });
  });

  it('a reviewer sees the plan with fresh eyes and may block it with a reason', async () => {
    const block = JSON.stringify({ verdict: 'block', reasons: ['p01 should be left out'] });
    const { done, model } = ask([ready, clean, ready, block], { review: true });
    const { outcome } = await done;
    expect(outcome).toMatchObject({
      kind: 'cannot',
      reasons: [expect.stringMatching(/^the reviewer blocks the plan: sub-/)],
    });
    const fresh = model.requests[2]?.messages ?? [];
    expect(fresh).toHaveLength(2);
    expect(fresh[0]?.text).toContain('You are the agent reviewer');
    expect(fresh[1]?.text).toContain('smoothing_fwhm_mm');
  });

  it('a reviewer that passes, says nothing sensible, or blocks without a reason, blocks nothing', async () => {
    expect((await ask([ready, clean, ready, pass], { review: true }).done).notices).toEqual([]);
    const silent = JSON.stringify({ verdict: 'block', reasons: [] });
    const odd = await ask([ready, clean, ready, silent, 'hm'], { review: true }).done;
    expect([odd.outcome.kind, odd.notices]).toEqual([
      'plan',
      ['the reviewer notes: the reviewer gave no answer that can be read'],
    ]);
  });

  it('of a name that is not there is named with the nearest', async () => {
    await expect(ask([], { agent: 'difusion' }).done).rejects.toThrow(/did you mean diffusion/);
    await expect(ask([], { agent: 'reviewer' }).done).rejects.toMatchObject({ code: 'agent.unknown' });
  });
});

const isEnd = ({ answer }: ModelRequest): boolean => answer !== undefined;

/** Gives the first participant of a copy another label. */
function renameLabel(root: string, label: string): void {
  const [old = ''] = readdirSync(root).filter((name) => name.startsWith('sub-'));
  const rename = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name.replace(old, `sub-${label}`));
      renameSync(join(folder, entry.name), path);
      if (entry.isDirectory()) rename(path);
    }
  };
  rename(root);
  writeFileSync(join(root, 'participants.tsv'), `participant_id\tage\nsub-${label}\t30\n`);
  mkdirSync(join(root, 'code'), { recursive: true });
}
