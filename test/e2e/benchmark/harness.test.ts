import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelAgent } from '../../../src/bench/agents/model-agent.js';
import { noSkills } from '../../../src/bench/agents/skill-library.js';
import { materialize } from '../../../src/bench/materials/materialize.js';
import { readResults } from '../../../src/bench/read-results.js';
import type { TrialResult } from '../../../src/bench/result.js';
import { regrade } from '../../../src/bench/run/regrade.js';
import { runSuite, trialFolder } from '../../../src/bench/run/run-suite.js';
import type { Task } from '../../../src/bench/task/load-task.js';
import { openVerifier } from '../../../src/bench/verify/verifier.js';
import { verifyTrace } from '../../../src/trace/verify.js';
import { benchmarkTasks, controlsOf, environmentsOf, problemsOf } from '../../support/benchmark.js';
import { scriptedModel, type ScriptedReply } from '../../support/scripted-model.js';
import { temporaryFolder } from '../../support/temporary.js';

const task = benchmarkTasks.tasks.get('dwi.tensor-fit') as Task;
const environments = await environmentsOf(task);
const dwi = '{in}/sub-01/dwi/sub-01_dwi';

const call = (name: string, args: Record<string, unknown>): ScriptedReply => ({
  calls: [{ name, arguments: args as never }],
});

/** What a model would do that knows MRtrix3. */
const right: ScriptedReply[] = [
  call('find_skills', { words: 'tensor fit' }),
  call('run', {
    argv: [
      'mrconvert',
      `${dwi}.nii.gz`,
      '-fslgrad',
      `${dwi}.bvec`,
      `${dwi}.bval`,
      '{scratch}/dwi.mif',
      '-force',
    ],
  }),
  call('run', { argv: ['dwi2tensor', '{scratch}/dwi.mif', '{scratch}/t.mif', '-force'] }),
  call('run', {
    argv: [
      'tensor2metric',
      '{scratch}/t.mif',
      '-fa',
      '{out}/FA.nii.gz',
      '-adc',
      '{out}/MD.nii.gz',
      '-vector',
      '{out}/V1.nii.gz',
      '-modulate',
      'none',
      '-force',
    ],
  }),
  call('list_files', {}),
  call('done', { message: 'fitted' }),
];

function agentOf(script: readonly ScriptedReply[]): ReturnType<typeof modelAgent> {
  return modelAgent({
    model: scriptedModel(script),
    provider: 'scripted',
    arm: 'no-skills',
    skills: () => noSkills,
    prices: undefined,
  });
}

async function runOnce(
  folder: string,
  script: readonly ScriptedReply[],
  trials = 1,
): Promise<readonly TrialResult[]> {
  return runSuite({
    folder,
    tasks: [task],
    agents: [agentOf(script)],
    trials,
    seed: 1,
    instance: undefined,
    shared: undefined,
    parallel: 1,
    environmentsOf: () => Promise.resolve(environments ?? []),
    verifier: openVerifier,
    version: 'test',
    secrets: [],
    signal: new AbortController().signal,
  });
}

/** What must be the same when the same is done twice: all but times, and the hashes of records that hold times. */
function lasting({ usage, verifier: _, hashes, checks, ...rest }: TrialResult): unknown {
  return { ...rest, checks, tokens: [usage.input_tokens, usage.output_tokens], task: hashes['task'] };
}

describe('the tasks of the benchmark', () => {
  it('load without a finding', () => {
    expect(benchmarkTasks.findings).toEqual([]);
  });
});

describe.skipIf(environments === undefined)('the harness of the benchmark', { timeout: 600_000 }, () => {
  it('survives agents that attack it, and turns all of them down', async () => {
    const outcomes = await controlsOf(task, temporaryFolder(), { hostile: true });
    expect(problemsOf(outcomes ?? [])).toEqual([]);
    const attacks = ['link', 'bomb', 'sparse', 'giant-header', 'pipe', 'traversal', 'many', 'edit-inputs'];
    expect(outcomes?.map(({ name }) => name)).toEqual(expect.arrayContaining(attacks));
  });

  it('gives another instance of a task for another seed, with the same verdicts', async () => {
    expect(problemsOf((await controlsOf(task, temporaryFolder(), { seed: 4711 })) ?? [])).toEqual([]);
  });

  it('resolves a scripted model that does it right, twice the same, with a verified trace', async () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    const [first] = await runOnce(one, right);
    const [second] = await runOnce(two, right);
    expect(first).toMatchObject({ status: 'resolved', provider: 'scripted', replay: { diff: [] } });
    expect(first?.integrity).toMatchObject({ events_complete: true, hash_chain_ok: true });
    // No provenance was written: 0.2 of R, a quarter of the whole.
    expect(first?.scores?.total).toBeCloseTo(95, 6);
    expect(lasting(first as TrialResult)).toEqual(lasting(second as TrialResult));
    const place = join(one, 'trials', task.id, trialFolder(1, first as TrialResult));
    expect((await verifyTrace(join(place, 'trace.jsonl'), [])).ok).toBe(true);
  });

  it('goes on with a run where it stopped, and runs no trial twice', async () => {
    const folder = temporaryFolder();
    const [before] = await runOnce(folder, right);
    const after = await runOnce(folder, right, 2);
    expect(after.map(({ trial }) => trial)).toEqual([1, 2]);
    const { results } = readResults(readFileSync(join(folder, 'results.jsonl'), 'utf8'), 'results.jsonl');
    expect(results[0]?.hashes).toEqual(before?.hashes);
  });

  it('gives a model that only talks nothing, and one that errs its failed check', async () => {
    const [talk] = await runOnce(temporaryFolder(), ['All maps were computed and are correct.']);
    expect(talk).toMatchObject({ status: 'unresolved', scores: { total: 0 }, failure_class: 'not-executed' });
    const swapped = right.map(
      (reply) =>
        JSON.parse(JSON.stringify(reply).replace('"-adc","{out}/MD', '"-ad","{out}/MD')) as ScriptedReply,
    );
    const [wrong] = await runOnce(temporaryFolder(), swapped);
    expect(wrong).toMatchObject({ status: 'unresolved', failure_class: 'wrong-science' });
    expect(wrong?.checks.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['md']);
  });

  it('stops at the turns of the task', async () => {
    const endless = Array.from({ length: 50 }, () => call('list_files', {}));
    const [result] = await runOnce(temporaryFolder(), endless);
    expect(result).toMatchObject({ status: 'budget', failure_class: 'budget: 40 turns' });
  });

  it('grades stored artefacts again, with the checks as they are then', async () => {
    const folder = temporaryFolder();
    const [result] = await runOnce(folder, right);
    const place = {
      folder: join(folder, 'trials', task.id, trialFolder(1, result as TrialResult)),
      materials: await materialize(task, temporaryFolder(), { shared: undefined }),
      verifier: await openVerifier(),
      version: 'test',
      signal: new AbortController().signal,
    };
    const again = await regrade(result as TrialResult, task, place);
    expect([again.status, again.scores]).toEqual(['resolved', result?.scores]);
    const stricter = {
      ...task,
      checks: task.checks.map((check) =>
        check.id === 'v1' ? { ...check, args: { ...check.args, median_deg: 0.01 } } : check,
      ),
    };
    const failed = await regrade(result as TrialResult, stricter, place);
    expect([failed.status, failed.scores?.total, failed.failure_class]).toEqual([
      'unresolved',
      0,
      'wrong-science',
    ]);
  });
});
