import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileDigests } from '../../../src/engine/digests.js';
import { preimageChanges } from '../../../src/engine/keys.js';
import { prepareJob, writeMadeInputs, type PreparedJob } from '../../../src/engine/prepare-job.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { Job } from '../../../src/planning/job.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { datasets, messages, pipelineOf, planOf, world, writeDataset } from './support.js';

const pipeline = pipelineOf({
  inputs: {
    asl: { query: { datatype: 'perf', suffix: 'asl', extension: '.nii' } },
    mask: { given: 'nifti' },
  },
  steps: [
    {
      id: 'cbf',
      skill: 'asl/cbf',
      for_each: 'asl',
      inputs: {
        asl: 'asl',
        context: { companion: 'aslcontext', of: 'asl' },
        sidecar: { companion: 'json', of: 'asl' },
        mask: 'mask',
      },
    },
  ],
});

const general = {
  ArterialSpinLabelingType: 'PCASL',
  PostLabelingDelay: 2,
  LabelingDuration: 1.8,
  M0Type: 'Included',
  InstitutionName: 'Somewhere',
};

function dataset(root: Record<string, unknown>, near: Record<string, unknown> | undefined): string {
  const folder = temporaryFolder();
  writeDataset(folder, { 'sub-1/perf/sub-1_asl.nii': { volumes: 4, tr: null } });
  writeFileSync(join(folder, 'asl.json'), JSON.stringify(root));
  if (near !== undefined)
    writeFileSync(join(folder, 'sub-1', 'perf', 'sub-1_asl.json'), JSON.stringify(near));
  writeFileSync(
    join(folder, 'sub-1', 'perf', 'sub-1_aslcontext.tsv'),
    'volume_type\ncontrol\nlabel\ncontrol\nlabel\n',
  );
  return folder;
}

async function compileJob(bids: string): Promise<{ job: Job | undefined; messages: string[] }> {
  const mask = join(bids, 'sub-1', 'perf', 'sub-1_asl.nii');
  const stage = await compileStage(
    planOf({ pipeline, data: { bids }, inputs: { mask }, select: {} }),
    'work',
    {
      ...(await world),
      datasets,
    },
  );
  return { job: stage.jobs[0], messages: messages(stage) };
}

/** The job as the engine prepares it, in a state folder of its own. */
async function prepare(job: Job): Promise<PreparedJob> {
  const state = temporaryFolder();
  mkdirSync(state, { recursive: true });
  const { skills } = await world;
  return prepareJob(job, {
    digests: new FileDigests(join(state, 'digests.jsonl')),
    layout: { inputs: join(state, 'inputs') },
    licenses: {},
    skillOf: (id) => {
      const skill = skills.skills.get(id);
      if (skill === undefined) throw new Error(id);
      return skill;
    },
    environmentOf: () => Promise.resolve({ identity: { digest: 'e' } } as unknown as OpenEnvironment),
    entryOf: () => {
      throw new Error('no job comes before');
    },
  });
}

const sidecarOf = (job: Job | undefined): unknown => {
  const source = job?.inputs.find(({ role }) => role === 'sidecar')?.files[0]?.source;
  return source?.from === 'sidecar' ? source.values : source;
};

describe('the sidecar of a role', () => {
  it('holds what is said at the root and what is said nearer, which wins', async () => {
    const bids = dataset(general, { PostLabelingDelay: 1.5 });
    const { job } = await compileJob(bids);
    expect(sidecarOf(job)).toEqual({
      ArterialSpinLabelingType: 'PCASL',
      LabelingDuration: 1.8,
      M0Type: 'Included',
      // The nearest file alone would lack the rest, the root alone would say 2.
      PostLabelingDelay: 1.5,
    });
    const source = job?.inputs.find(({ role }) => role === 'sidecar')?.files[0]?.source;
    expect(source?.from === 'sidecar' && source.sources).toEqual([
      join(bids, 'asl.json'),
      join(bids, 'sub-1', 'perf', 'sub-1_asl.json'),
    ]);
  });

  it('is what the program reads, under the name of its image', async () => {
    const { job } = await compileJob(dataset(general, { PostLabelingDelay: 1.5 }));
    const prepared = await prepare(job!);
    await writeMadeInputs(prepared);
    const mount = prepared.mounts.find(({ toolPath }) => toolPath === 'in/sidecar/sub-1_asl.json');
    expect(JSON.parse(readFileSync(mount?.hostPath ?? '', 'utf8'))).toEqual(sidecarOf(job));
  });

  it('is written again where somebody edited it', async () => {
    const { job } = await compileJob(dataset(general, undefined));
    const prepared = await prepare(job!);
    await writeMadeInputs(prepared);
    const [path = ''] = prepared.inputs['sidecar'] ?? [];
    writeFileSync(path, '{"PostLabelingDelay": 9}');
    await writeMadeInputs(prepared);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(sidecarOf(job));
  });

  it('is in the key, value by value: a delay at the root changes it, the name of the institution does not', async () => {
    const prepared = async (root: Record<string, unknown>): Promise<PreparedJob> => {
      const { job } = await compileJob(dataset(root, { LabelingDuration: 1.7 }));
      return prepare(job!);
    };
    const before = await prepared(general);
    const elsewhere = await prepared({ ...general, InstitutionName: 'Elsewhere' });
    expect(elsewhere.key).toBe(before.key);
    const later = await prepared({ ...general, PostLabelingDelay: 1.8 });
    expect(later.key).not.toBe(before.key);
    expect(preimageChanges(before.preimage, later.preimage)).toContainEqual({
      field: 'sidecar.sidecar.PostLabelingDelay',
      before: 2,
      after: 1.8,
    });
    // Overridden nearer the file: what the root says no longer matters.
    const overridden = await prepared({ ...general, LabelingDuration: 9 });
    expect(overridden.key).toBe(before.key);
  });

  it('does not depend on the order of keys in the files', async () => {
    const turned = Object.fromEntries(Object.entries(general).reverse());
    const [one, other] = await Promise.all(
      [general, turned].map(async (root) => prepare((await compileJob(dataset(root, undefined))).job!)),
    );
    expect(other?.key).toBe(one?.key);
  });

  it('is missed where there is none', async () => {
    const bids = dataset(general, undefined);
    rmSync(join(bids, 'asl.json'));
    const { job, messages: said } = await compileJob(bids);
    expect(job).toBeUndefined();
    expect(said).toEqual(['error no json for sub-1/perf/sub-1_asl.nii, which step cbf needs']);
  });
});

describe('what a skill says that it reads of a sidecar', () => {
  it('is every key that its program names: another would be silently absent', async () => {
    const { skills } = await world;
    let seen = 0;
    for (const skill of skills.skills.values()) {
      const reads = Object.values(skill.contract.inputs).flatMap((input) => input.reads ?? []);
      if (reads.length === 0) continue;
      seen += 1;
      const program = readFileSync(join(projectFolder, 'skills', skill.id, 'run.py'), 'utf8');
      const named = program.matchAll(/"([A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z]*|M0[A-Z][a-z]+|Units)"/g);
      const keys = new Set([...named].flatMap(([, key]) => (key === 'QUIPSSII' ? [] : [key])));
      expect([skill.id, keys]).toEqual([skill.id, new Set(reads)]);
    }
    expect(seen).toBeGreaterThan(1);
  });
});
