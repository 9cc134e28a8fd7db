import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { shortPlan, writeEventsDataset } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

interface Proposal {
  readonly round: number;
  readonly diagnoses: {
    readonly id: string;
    readonly proposals: Record<string, unknown>[];
    readonly person: string;
    readonly failure: { readonly participant?: string; readonly message: string };
  }[];
}

let root: string;
let out: string;
let data: string;
let env: Record<string, string>;

beforeEach(() => {
  root = temporaryFolder();
  out = join(root, 'out');
  data = join(root, 'bids');
  env = cliEnvironment(join(root, 'state'), labSettings);
});

async function proposals(): Promise<Proposal> {
  const { stdout, stderr } = await runCli(['repair', '--out', out, '--json'], env);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Proposal;
}

/** Body of the first event of the last run. */
function plannedOf(): { origin: { repairs?: { run: string; approved_by?: string; changes: object[] }[] } } {
  const runs = join(out, '.neuroclaw', 'runs');
  const trace = readFileSync(join(runs, readdirSync(runs).at(-1) ?? '', 'trace.jsonl'), 'utf8');
  return (JSON.parse(trace.split('\n')[0] ?? '{}') as { body: ReturnType<typeof plannedOf> }).body;
}

const affine = [
  [-2, 0, 0, 15],
  [0, 2, 0, -9],
  [0, 0, 3, -10],
  [0, 0, 0, 1],
] as const;

/** Images of some participants; the pipeline `lab/copy-image` copies the T1w and holds it against the T2w. */
async function writeImages(constant: readonly string[], sound: readonly string[]): Promise<void> {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}');
  for (const label of [...constant, ...sound]) {
    mkdirSync(join(data, `sub-${label}`, 'anat'), { recursive: true });
    for (const suffix of ['T1w', 'T2w']) {
      const flat = suffix === 'T1w' && constant.includes(label);
      const values = Array.from({ length: 960 }, (_, index) => (flat ? 7 : index % 251));
      const image = { dims: [12, 10, 8], affine, datatype: 'float32' as const, data: values };
      await writeNifti(join(data, `sub-${label}`, 'anat', `sub-${label}_${suffix}.nii.gz`), image);
    }
  }
}

function copyPlan(): string {
  const file = join(root, 'plan.json');
  const resources = { copy: { memory_mb: 333 } };
  const stage = { id: 'copy', pipeline: 'lab/copy-image', data: { bids: data }, resources };
  writeFileSync(file, JSON.stringify({ ...shortPlan(data, out), stages: [stage] }));
  return file;
}

describe('repair', () => {
  it(
    'leaves out a participant whose result was rejected, and says so in the trace',
    { timeout: 120_000 },
    async () => {
      await writeImages(['02'], ['01', '03']);
      expect((await runCli(['run', copyPlan(), '--yes'], env)).code).toBe(11);
      const { round, diagnoses } = await proposals();
      expect([round, diagnoses.map(({ id }) => id)]).toEqual([1, ['rejected']]);
      expect(diagnoses[0]?.proposals).toEqual([
        {
          change: 'exclude',
          stage: 'copy',
          participant: '02',
          reason: expect.stringContaining('did not pass its checks') as string,
        },
      ]);
      // Nobody is at the terminal: nothing is applied without a word.
      const shown = await runCli(['repair', '--out', out], env);
      expect([shown.code, shown.stdout]).toEqual([
        0,
        expect.stringContaining('leave out sub-02 of stage copy'),
      ]);
      expect(readdirSync(join(out, '.neuroclaw', 'runs'))).toHaveLength(1);
      const [failed = ''] = readdirSync(join(out, '.neuroclaw', 'runs'));

      const wrong = await runCli(['repair', '--out', out, '--apply', '2', '--yes'], env);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('there is no proposal 2')]);
      const repaired = await runCli(['repair', '--out', out, '--apply', '1', '--yes'], env);
      expect([repaired.code, repaired.stdout]).toEqual([0, expect.stringContaining('2 reused')]);
      expect(plannedOf().origin.repairs).toMatchObject([
        {
          run: failed,
          proposed_by: 'the table of known failures',
          changes: [{ change: 'exclude', participant: '02' }],
        },
      ]);
      const story = await runCli(['explain', '--out', out, 'sub-02', '--json'], env);
      expect(JSON.parse(story.stdout)).toMatchObject({ state: 'excluded', reasons: [{ kind: 'excluded' }] });
      expect((await proposals()).diagnoses).toEqual([]);
    },
  );

  it('goes three rounds and no further', { timeout: 180_000 }, async () => {
    await writeImages(['01'], ['09']);
    expect((await runCli(['run', copyPlan(), '--yes'], env)).code).toBe(11);
    for (const [index, label] of ['02', '03', '04'].entries()) {
      await writeImages([label], []);
      const applied = await runCli(['repair', '--out', out, '--yes'], env);
      expect([applied.code, plannedOf().origin.repairs?.length]).toEqual([11, index + 1]);
    }
    const more = await runCli(['repair', '--out', out, '--yes'], env);
    expect([more.code, more.stderr]).toEqual([3, expect.stringContaining('was repaired 3 times already')]);
    expect(readdirSync(join(out, '.neuroclaw', 'runs'))).toHaveLength(4);
  });

  it.skipIf(!hasTestData)(
    'knows a missing repetition time, and goes on without that participant',
    { timeout: 120_000 },
    async () => {
      const source = testData('bids', 'haxby-slice');
      for (const label of ['1', '2']) {
        const folder = join(data, `sub-${label}`, 'func');
        mkdirSync(folder, { recursive: true });
        const name = `sub-${label}_task-objectviewing_run-01_bold`;
        cpSync(
          join(source, 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz'),
          join(folder, `${name}.nii.gz`),
        );
        const sidecar = { TaskName: 'objectviewing', ...(label === '1' ? { RepetitionTime: 2.5 } : {}) };
        writeFileSync(join(folder, `${name}.json`), JSON.stringify(sidecar));
      }
      cpSync(join(source, 'dataset_description.json'), join(data, 'dataset_description.json'));
      const args = ['run', 'clean the BOLD runs', '--data', data, '--out', out, '--yes'];
      expect((await runCli(args, env)).code).toBe(3);
      const { diagnoses } = await proposals();
      expect(diagnoses).toMatchObject([
        { id: 'repetition-time', proposals: [{ change: 'exclude', participant: '2' }] },
      ]);
      const repaired = await runCli(['repair', '--out', out, '--apply', '1', '--yes'], env);
      expect([repaired.code, repaired.stdout]).toEqual([0, expect.stringContaining('12 committed')]);
    },
  );

  it.skipIf(!hasTestData)('knows gradients that do not fit the series', { timeout: 120_000 }, async () => {
    for (const label of ['01', '02']) {
      const folder = join(data, `sub-${label}`, 'dwi');
      mkdirSync(folder, { recursive: true });
      for (const [from, to] of [
        ['small_101D.nii.gz', 'nii.gz'],
        ['small_101D.bval', 'bval'],
        ['small_101D.bvec', 'bvec'],
      ] as const)
        cpSync(testData('dwi-small', from), join(folder, `sub-${label}_dwi.${to}`));
    }
    writeFileSync(join(data, 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}');
    const bval = join(data, 'sub-02', 'dwi', 'sub-02_dwi.bval');
    const values = readFileSync(bval, 'utf8').trim().split(/\s+/);
    writeFileSync(bval, `${values.slice(1).join(' ')}\n`);
    const args = ['run', 'fit the tensor and map FA', '--data', data, '--out', out, '--yes'];
    expect((await runCli(args, env)).code).toBe(3);
    const { diagnoses } = await proposals();
    const gradients = diagnoses.find(({ failure }) => failure.participant === '02');
    expect(gradients).toMatchObject({
      id: 'gradient-count',
      proposals: [{ change: 'exclude', participant: '02' }],
    });
  });

  it(
    'asks for tools that are not allowed here, and proposes no change of the plan',
    { timeout: 60_000 },
    async () => {
      writeEventsDataset(data, 1);
      const plan = join(root, 'plan.json');
      writeFileSync(plan, JSON.stringify(shortPlan(data, out)));
      const { NEUROCLAW_ALLOW_HOST: _allowed, ...strict } = env;
      expect((await runCli(['run', plan, '--yes'], strict)).code).toBe(5);
      const { diagnoses } = await proposals();
      expect(diagnoses).toMatchObject([{ id: 'environment', proposals: [] }]);
    },
  );
});

describe('repair of a full disk', () => {
  let mounted: string | undefined;
  afterEach(() => {
    if (mounted !== undefined) spawnSync('umount', ['-l', mounted]);
    mounted = undefined;
  });

  it.skipIf(process.getuid?.() !== 0)('is left to the person', { timeout: 120_000 }, async () => {
    const small = join(root, 'small');
    mkdirSync(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', small]).status !== 0) return;
    mounted = small;
    out = join(small, 'out');
    writeEventsDataset(data, 20);
    const plan = join(root, 'plan.json');
    writeFileSync(plan, JSON.stringify(shortPlan(data, out)));
    expect((await runCli(['run', plan, '--yes'], env)).code).toBe(9);
    const { diagnoses } = await proposals();
    expect(new Set(diagnoses.map(({ id }) => id))).toEqual(new Set(['disk']));
    expect(diagnoses[0]?.proposals).toEqual([]);
    expect(diagnoses[0]?.person).toContain('neuroclaw resume');
  });
});
