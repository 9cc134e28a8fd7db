import { z } from 'zod';

/** `neurobench/tasks/<id>/task.yaml`: what a task is, as its authors say it and as everybody may read it. */

export const families = [
  'data',
  'dwi',
  'smri',
  'fmri',
  'eeg',
  'pet',
  'connectome',
  'stats',
  'ml',
  'integrity',
  'security',
  'tooling',
] as const;

export const artefactKinds = [
  'nifti',
  'mif',
  'tck',
  'json',
  'tsv',
  'csv',
  'text',
  'bvec',
  'bval',
  'transform',
  'folder',
  'any',
] as const;

/** A path below the folder of inputs or of outputs: no absolute path, no way out, no hidden name. */
export const insidePath = z
  .string()
  .regex(
    /^(?!\.)[A-Za-z0-9_.+-]+(?:\/(?!\.)[A-Za-z0-9_.+-]+)*$/,
    'expected a relative path of plain names, such as dwi/dwi.nii.gz',
  );

const output = z.strictObject({
  path: insidePath,
  kind: z.enum(artefactKinds),
  /** What it holds, with units and frame: part of what the agent is told. */
  about: z.string().min(10),
  required: z.boolean().default(true),
  units: z.string().optional(),
  frame: z.string().optional(),
  /** The content is an answer, not a computed image: it may be written as text, without a program that makes it. */
  answer: z.boolean().default(false),
  /** How a replay is compared; the mode of the task where absent. */
  replay: z.enum(['exact', 'content', 'none']).optional(),
});

export const taskSchema = z.strictObject({
  schema: z.literal('neurobench/task@2'),
  id: z.string().regex(/^[a-z]+(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+$/, 'expected family.name, in lower case'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'expected a version such as 1.0.0'),
  title: z.string().min(5),
  /** Ids of the 120 original tasks that it stands for. */
  covers: z.array(z.string().regex(/^T\d{2,3}$/)).default([]),
  /** A executed, B against local services, P plan only: never in one number. */
  track: z.enum(['A', 'B', 'P']),
  family: z.enum(families),
  capabilities: z.array(z.string()).min(1),
  difficulty: z.strictObject({ level: z.int().min(1).max(5), expert_minutes: z.int().positive() }),
  split: z.enum(['public', 'heldout', 'canary']).default('public'),
  /** A text that stands in no honest answer: seen in one, it says that the task's own files were read. */
  canary: z.string().regex(/^neurobench-canary-[0-9a-f]{8}-[0-9a-f-]{27}$/),
  /** Folders and files of the inputs, for people; the digests are in `data.lock.json`. */
  inputs: z.array(z.strictObject({ path: insidePath, about: z.string().min(5) })).min(1),
  outputs: z.array(output).min(1),
  /** What the reference assumes and the instruction therefore says. */
  analysis_pins: z.record(z.string(), z.string()).default({}),
  /** Paths that an honest agent leaves unwritten, since the inputs do not allow them. */
  must_not_write: z.array(z.string()).default([]),
  replay: z.strictObject({
    mode: z.enum(['exact', 'content']),
    timeout_s: z.int().positive().default(300),
  }),
  limits: z.strictObject({
    wall_s: z.int().positive().default(900),
    agent_turns: z.int().positive().default(40),
    tokens: z.int().positive().default(400_000),
    usd: z.number().positive().default(2),
    cpu: z.int().positive().default(2),
    mem_mb: z.int().positive().default(4096),
    disk_mb: z.int().positive().default(1024),
  }),
  /** Locked environments of the product; a command without one is run in the first that has its program. */
  environments: z.array(z.string()).min(1),
  settings: z
    .strictObject({
      threads: z.int().positive().default(1),
      locale: z.string().default('C.UTF-8'),
      tz: z.string().default('UTC'),
    })
    .prefault({}),
  weights: z
    .strictObject({ E: z.number(), A: z.number(), R: z.number() })
    .default({ E: 0.25, A: 0.5, R: 0.25 })
    .refine(({ E, A, R }) => Math.abs(E + A + R - 1) < 1e-9, 'E, A and R add up to 1'),
});

export type TaskDocument = z.infer<typeof taskSchema>;
export type TaskOutput = TaskDocument['outputs'][number];

const place = z
  .string()
  .regex(/^(?:out|in|reference)\/[A-Za-z0-9_.+/-]+$/, 'expected a path below out/, in/ or reference/');

/** One line of `verify/checks.yaml`: a check of the product, what it looks at, and what hangs on it. */
export const taskCheckSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  /** Name in the catalogue of checks. */
  check: z.string(),
  class: z.enum(['science', 'format', 'hygiene']),
  weight: z.number().positive().default(1),
  /** The artefact, of the task's outputs. */
  file: place.refine((path) => path.startsWith('out/'), 'expected a path below out/'),
  /** Files that the check compares with, by the role that its arguments name. */
  with: z.record(z.string(), place).default({}),
  args: z.record(z.string(), z.json()).default({}),
  /** Mutants that this check must reject, whatever the others say. */
  kills: z.array(z.string()).default([]),
});

export type TaskCheck = z.infer<typeof taskCheckSchema>;

/** `data.lock.json`: where the inputs and references come from. */
export const dataLockSchema = z.strictObject({
  /** Data with known truth, made from a seed: another seed is another instance of the same task. */
  generator: z
    .strictObject({
      id: z.string(),
      seed: z.int().positive(),
      params: z.record(z.string(), z.unknown()).default({}),
    })
    .optional(),
  /** Files of the shared test data, by content. */
  files: z
    .array(
      z.strictObject({
        /** Path below the folder of shared data. */
        source: z.string(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        bytes: z.int().positive(),
        licence: z.string(),
        /** `in/…` for the agent, `reference/…` for the verifier, `source/…` for the generator alone. */
        dest: z.string().regex(/^(?:in|reference|source)\/[A-Za-z0-9_.+/-]+$/),
      }),
    )
    .default([]),
});

export type DataLock = z.infer<typeof dataLockSchema>;

const step = z.union([
  z.strictObject({
    run: z.array(z.string()).min(1),
    environment: z.string().optional(),
    /** The exit status that is expected; a control that ends otherwise is broken. */
    fails: z.boolean().default(false),
  }),
  z.strictObject({ write: insidePath, text: z.string() }),
  z.strictObject({ write: insidePath, from: z.string() }),
]);

export type ControlStep = z.infer<typeof step>;

/**
 * A scripted agent: `solution/solve.yaml`, `solution/alt/*.yaml`, `controls/mutants/*.yaml`,
 * `controls/adversaries/*.yaml`. Its steps go through the same sandbox as those of any agent. `{in}` and `{out}` in an
 * argument stand for the folders of inputs and outputs.
 */
export const controlSchema = z.strictObject({
  about: z.string().min(10),
  /** Starts from the steps of another control: `solve` or `alt/NAME`. */
  base: z.string().optional(),
  /** Changes in the arguments and texts of the base: each must be found. */
  replace: z.array(z.strictObject({ from: z.string(), to: z.string() })).default([]),
  before: z.array(step).default([]),
  steps: z.array(step).default([]),
  /** What is said in `provenance.json`; `false` writes none. */
  provenance: z
    .union([
      z.literal(false),
      z.strictObject({
        name: z.string(),
        version: z.string().default('1'),
        seeds: z.record(z.string(), z.number()).default({}),
        licences: z.array(z.string()).default([]),
      }),
    ])
    .optional(),
});

export type Control = z.infer<typeof controlSchema>;
