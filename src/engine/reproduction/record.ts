import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Lock } from '../../environments/lock/lock-file.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { JsonObject } from '../../kernel/json.js';
import { planSchema, type Plan } from '../../planning/plan.js';
import { readHistory } from '../history.js';
import { outputLayout } from '../layout.js';
import { findRun, planOfRun } from '../runs.js';
import { readStageRecords } from '../stage-record.js';
import { Store } from '../store.js';
import { movePlaces, placesOf, withoutWords, type Place } from './places.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const jobSchema = z.strictObject({
  id: z.string(),
  skill: z.string(),
  key: digest,
  program: digest,
  environment: digest,
  params: z.record(z.string(), z.json()),
  sidecar: z.record(z.string(), z.json()),
  /** Of roles whose files are all of the dataset. */
  inputs: z.array(z.strictObject({ role: z.string(), name: z.string(), sha256: digest })),
  outputs: z.record(z.string(), digest),
});

/** Everything that running a finished run again needs beside the data, and what must come out. */
export const reproductionSchema = z.strictObject({
  schema: z.literal('neuroclaw/reproduction@1'),
  /** Of NeuroClaw. */
  version: z.string(),
  run: z.string(),
  /** With the names of places for paths: `{data}`, `{template}`, `{out}`. */
  plan: planSchema,
  places: z.array(z.strictObject({ name: z.string(), kind: z.enum(['folder', 'file']), about: z.string() })),
  lock: z.custom<Lock>((value) => typeof value === 'object' && value !== null),
  environments: z.array(z.strictObject({ name: z.string(), runtime: z.string(), digest })),
  jobs: z.array(jobSchema),
});

export type Reproduction = z.infer<typeof reproductionSchema>;
export type ReproductionJob = z.infer<typeof jobSchema>;

/**
 * Gathers what a run was made of from its folder, its trace and the store. Holds no absolute path, and none of the
 * person's own words. Throws run.unknown for a run that finished no job.
 */
export async function reproductionOf(out: string, name?: string): Promise<Reproduction> {
  const { run, paths } = findRun(out, name);
  const history = await readHistory(paths.trace);
  const plan = planOfRun(out, paths);
  const places = placesOf(plan);
  const store = new Store(outputLayout(out));
  const jobs = readStageRecords(paths).flatMap((stage) =>
    stage.jobs.flatMap((job): ReproductionJob[] => {
      const { end, key } = history.jobs.get(job.id) ?? {};
      if (key === undefined || (end !== 'committed' && end !== 'reused')) return [];
      const preimage = store.preimage(key);
      const entry = store.read(key);
      if (preimage === undefined || entry === undefined || entry === 'damaged') return [];
      const ofData = new Set(
        (job.inputs ?? []).flatMap(({ role, files }) =>
          files.every(({ source }) => source.from === 'dataset') ? [role] : [],
        ),
      );
      return [
        {
          id: job.id,
          skill: job.skill,
          key,
          program: preimage.skill.program,
          environment: preimage.environment.digest,
          params: { ...preimage.params } as ReproductionJob['params'],
          sidecar: { ...preimage.sidecar } as ReproductionJob['sidecar'],
          inputs: preimage.inputs.filter(({ role }) => ofData.has(role)),
          outputs: Object.fromEntries(
            entry.outputs.flatMap(({ id, sha256, absent }) => (absent ? [] : [[id, sha256]])),
          ),
        },
      ];
    }),
  );
  if (jobs.length === 0)
    throw new NeuroClawError('run.unknown', `run ${run} finished no job: there is nothing to reproduce`, {
      place: { file: paths.folder },
    });
  return {
    schema: 'neuroclaw/reproduction@1',
    version: history.version,
    run,
    plan: withoutWords(movePlaces(plan, places)),
    places: places.map(({ name: place, kind, about }) => ({ name: place, kind, about })),
    lock: readUsedLock(paths.lock),
    environments: identitiesOf(paths.environments),
    jobs,
  };
}

/** Reads the record that `reproduce.sh` holds. Throws input.malformed. */
export function parseReproduction(text: string, file: string): Reproduction {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NeuroClawError('input.malformed', `${file} is not JSON: ${(error as Error).message}`, {
      place: { file },
      expected: 'the record of a run that reproduce.sh holds',
    });
  }
  const parsed = reproductionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NeuroClawError('input.malformed', `${file} is no record of a run: ${issue?.message ?? ''}`, {
    place: { file, field: issue?.path.join('.') ?? '' },
    expected: 'the record of a run that reproduce.sh holds',
  });
}

/** The plan for data that lie elsewhere. */
export function planFor(record: Reproduction, paths: ReadonlyMap<string, string>, out: string): Plan {
  const places = record.places.map(({ name, kind, about }): Place => {
    const path = paths.get(name);
    if (path !== undefined) return { name, kind, about, path };
    throw new NeuroClawError('usage.arguments', `the run needs ${about}`, {
      expected: name === 'data' ? 'its folder' : `--place ${name}=PATH`,
    });
  });
  return { ...movePlaces({ ...record.plan, out }, places, 'back'), out };
}

/** The entries of the lock file that a run used. */
export function readUsedLock(file: string): Lock {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Lock;
  } catch {
    // A run of embedded or host tools alone, or of an older version: nothing is locked.
    return { schema: 'neuroclaw-lock/1', environments: {} };
  }
}

function identitiesOf(file: string): Reproduction['environments'] {
  try {
    const { environments } = JSON.parse(readFileSync(file, 'utf8')) as { environments: JsonObject[] };
    return environments.map(({ name, runtime, digest: identity }) => ({
      name: String(name),
      runtime: String(runtime),
      digest: String(identity),
    }));
  } catch {
    return [];
  }
}
