import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/kernel/events.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { shortPlan } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

let root: string;
let image: string;

beforeEach(() => {
  root = temporaryFolder();
  const folder = join(root, 'bids', 'sub-1', 'anat');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'bids', 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}\n');
  image = join(folder, 'sub-1_T1w.nii.gz');
});

async function writeImage(volumes: number): Promise<void> {
  await writeNifti(image, {
    dims: [6, 6, 6, volumes],
    affine: [
      [2, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ],
    datatype: 'int16',
    data: Array.from({ length: 216 * volumes }, (_, index) => index % 90),
  });
}

/** Runs a plan of free steps: a copy of the image, then a smoothed one and measures of it. */
async function run(
  smooth: Record<string, unknown> = {},
): Promise<{ code: number | null; stderr: string; started: string[]; events: TraceEvent[] }> {
  const pipeline = {
    schema: 'neuroclaw/pipeline@1',
    id: 'free/steps',
    version: '1.0.0',
    title: 'free steps',
    description: 'a copy, smoothed, and measured',
    publishes: 'derivative',
    inputs: { t1w: { query: { suffix: 'T1w' } } },
    steps: [
      { id: 'copy', skill: 'lab/copy-image', for_each: 't1w', inputs: { image: 't1w', reference: 't1w' } },
      {
        id: 'smooth',
        skill: 'niimath/smooth',
        for_each: 't1w',
        inputs: { image: 'copy.copied' },
        params: { sigma_mm: 2, ...smooth },
      },
      {
        id: 'measure',
        skill: 'quality/measures-t1w',
        for_each: 't1w',
        inputs: { image: 'copy.copied' },
        publish: { measures: { desc: 'quality', suffix: 'T1w' } },
      },
    ],
  };
  const out = join(root, 'out');
  const plan = join(root, 'plan.json');
  const stages = [{ id: 'free', pipeline, data: { bids: join(root, 'bids') }, select: {}, params: {} }];
  writeFileSync(plan, JSON.stringify({ ...shortPlan(join(root, 'bids'), out), stages }));
  const env = cliEnvironment(join(root, 'state'), labSettings);
  const { code, stdout, stderr } = await runCli(['run', plan, '--yes', '--json'], env);
  const { trace } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { trace?: string };
  const events =
    trace !== undefined && existsSync(trace)
      ? readFileSync(trace, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as TraceEvent)
      : [];
  const started = events.flatMap(({ type, body }) => (type === 'job.started' ? [String(body['job'])] : []));
  return { code, stderr: `${stderr}\n${stdout}`, started, events };
}

/** Step names of job ids, sorted. */
function stepsOf(jobs: readonly string[]): string[] {
  return jobs.map((job) => job.split('/')[1] ?? '').sort();
}

describe('free steps of a plan', () => {
  it('run where everything is right', async () => {
    await writeImage(1);
    const { started } = await run();
    expect(stepsOf(started)).toEqual(['copy', 'measure', 'smooth']);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['out of range', { sigma_mm: -3 }, 'sigma_mm is -3'],
    ['of the wrong type', { sigma_mm: 'wide' }, 'sigma_mm is \\"wide\\"'],
    ['that does not exist', { sigma: 3 }, 'niimath/smooth has no parameter sigma'],
  ])('start nothing with a parameter %s', async (_what, params, message) => {
    await writeImage(1);
    const { code, stderr, started } = await run(params);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).toContain('niimath/smooth');
    expect(started).toEqual([]);
  });

  it('start nothing with JSON that is called an image', async () => {
    writeFileSync(image, '{"Modality": "MR"}');
    const { code, stderr, started } = await run();
    expect(code).not.toBe(0);
    expect(stderr).toContain('sub-1/anat/sub-1_T1w.nii.gz is JSON');
    expect(started).toEqual([]);
  });

  it('start no tool on what an earlier step made, where that has the wrong shape', async () => {
    await writeImage(3);
    const { code, started, events } = await run();
    expect(code).not.toBe(0);
    expect(stepsOf(started)).toEqual(['copy', 'smooth']);
    const failure = events.find(({ type }) => type === 'job.failed');
    expect(failure?.body).toMatchObject({
      skill: 'quality/measures-t1w',
      code: 'plan.cannot',
      findings: [
        {
          message: expect.stringContaining('has 3 volumes (6 x 6 x 6 x 3)') as string,
          place: { skill: 'quality/measures-t1w', field: 'image' },
          expected: 'one volume (3D), for image of quality/measures-t1w',
        },
      ],
    });
  });
});
