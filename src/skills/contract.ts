import { z } from 'zod';

/** `family/skill`, both in lower-case kebab or snake form: also the folder below `skills/`. */
export const skillId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]*\/[a-z0-9][a-z0-9_.-]*$/, 'expected family/skill');

/** What a file is. `folder` and `dicom-series` are folders; everything else is one file. */
export const artifactKind = z.enum([
  'nifti',
  'mif',
  'tck',
  'gifti',
  'mgh',
  'bval',
  'bvec',
  'json',
  'tsv',
  'csv',
  'text',
  'html',
  'svg',
  'png',
  'transform',
  'tsf',
  'mesh',
  'edf',
  'brainvision',
  'eeglab',
  'fif',
  'dicom-series',
  'folder',
  'any',
]);
export type ArtifactKind = z.infer<typeof artifactKind>;

/** BIDS entities, suffix, datatype and extension that a file must have: the value, or any of several. */
export const bidsPattern = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
export type BidsPattern = z.infer<typeof bidsPattern>;

/** One verification of an output: the name of a check and its arguments. `{input}` names refer to roles of the skill. */
export const checkSpec = z.strictObject({
  check: z.string(),
  args: z.record(z.string(), z.json()).default({}),
});
export type CheckSpec = z.infer<typeof checkSpec>;

const inputContract = z.strictObject({
  kind: artifactKind,
  /** Several files in one role. */
  list: z.boolean().default(false),
  optional: z.boolean().default(false),
  description: z.string().default(''),
  /** The BIDS query that finds it when a plan does not say. */
  bids: bidsPattern.optional(),
  /** Number of image dimensions the tool needs (3 or 4), checked before the tool starts. */
  dimensions: z.union([z.literal(3), z.literal(4)]).optional(),
  /** Of a BIDS sidecar: the keys that the program reads. It is given no others, and only they are in the job key. */
  reads: z.array(z.string().min(1)).min(1).optional(),
  /** Verified before the program starts: what would make it compute something else than was meant. */
  checks: z.array(checkSpec).default([]),
});

/**
 * How a skill serves a capability: its own roles, outputs and parameters by the names of the capability's contract.
 * A name that is left out is the same in both.
 */
const provision = z.strictObject({
  inputs: z.record(z.string(), z.string()).default({}),
  outputs: z.record(z.string(), z.string()).default({}),
  params: z.record(z.string(), z.string()).default({}),
  /** Parameters of the skill that this capability fixes. */
  set: z.record(z.string(), z.json()).default({}),
  /** How the result differs from that of other providers: told where this one is a substitute. */
  note: z.string().optional(),
});
export type Provision = z.infer<typeof provision>;

const outputContract = z.strictObject({
  kind: artifactKind,
  optional: z.boolean().default(false),
  description: z.string().default(''),
  /** Derivative name: entities to add, suffix, datatype; what is absent comes from the first input. */
  bids: z.record(z.string(), z.string()).optional(),
  /** A folder that the tool wants to find, not to make. */
  made_before: z.boolean().default(false),
  checks: z.array(checkSpec).default([]),
});

/** A path below the working folder of a job. */
const workPath = z
  .string()
  .regex(/^(\.|(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0]+)$/, 'expected a relative path without . and ..');

/** For tools that work where their inputs lie, or write beside them: inputs are copied, results are fetched. */
const workspace = z.strictObject({
  /** Role -> where its file is copied to below `/scratch`; a list, or a folder, becomes a folder of that name. */
  copies: z.record(z.string(), workPath).default({}),
  /** Output id -> where the tool leaves it below `/scratch`. */
  results: z.record(z.string(), workPath).default({}),
});
export type Workspace = z.infer<typeof workspace>;

/** For tools that can go on from what an attempt left that was ended, or failed, before its time. */
const resume = z.strictObject({
  /** Files or folders below the attempt folder that the next attempt of the same key finds; `{name}` is a parameter. */
  keeps: z
    .array(
      z
        .string()
        .regex(/^(scratch|out)\/(?!.*(^|\/)\.\.?(\/|$))[^\0]+$/, 'expected a path below scratch/ or out/'),
    )
    .min(1),
});

export const skillContract = z.strictObject({
  id: skillId,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'expected x.y.z'),
  family: z.string().min(1),
  /** The script that wrote it from what the program says of itself; absent: written by hand. */
  generated: z.string().min(1).optional(),
  capabilities: z.array(z.string().min(1)).min(1),
  /** Capabilities with a contract (`skills/.capabilities/`) that pipelines may ask this skill for. */
  provides: z.record(z.string(), provision).default({}),
  environment: z.string().min(1),
  /** Programs that the environment must offer. */
  executables: z.array(z.string().min(1)).min(1),
  /** Shared Python files of `.modules` that run.py imports, without `.py`: staged beside it and part of the program. */
  modules: z
    .array(z.string().regex(/^[a-z_][a-z0-9_]*$/, 'expected the name of a Python module'))
    .default([]),
  /** Python packages that run.py and its modules import, by the names in `import`: the environment must offer them. */
  python: z.array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name that is imported')).default([]),
  /** Roles; each is the id of an input of type File in tool.json. */
  inputs: z.record(z.string(), inputContract),
  /** Each is the id of an output-file in tool.json (or of `stdout`). */
  outputs: z
    .record(z.string(), outputContract)
    .refine((outputs) => Object.keys(outputs).length > 0, 'at least one output'),
  /** Narrower ranges and other defaults than tool.json, as the field accepts them; units for people. */
  params: z
    .record(
      z.string(),
      z.strictObject({
        default: z.json().optional(),
        minimum: z.number().optional(),
        maximum: z.number().optional(),
        unit: z.string().optional(),
        description: z.string().optional(),
      }),
    )
    .default({}),
  /** Output whose content is what the tool prints on stdout. */
  stdout: z.string().optional(),
  /** The parameter that sets the number of threads; filled at start. In the key only if it changes results. */
  threads: z.strictObject({ param: z.string(), changes_result: z.boolean().default(false) }).optional(),
  /** The parameter that sets the seed of a `seeded` skill. */
  seed: z.string().optional(),
  env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string()).default({}),
  resources: z
    .strictObject({
      cpus: z.number().int().min(1).default(1),
      memory_mb: z.number().int().min(16).default(1024),
      scratch_mb: z.number().int().min(0).default(512),
      walltime_s: z.number().int().min(1).default(3600),
      gpu: z.enum(['none', 'optional', 'required']).default('none'),
      /** For forecasts before the first measured run: seconds for a usual input. */
      typical_s: z.number().min(0).default(10),
    })
    .prefault({}),
  /** What a tool says where it did less than it was asked and went on: the job is kept and marked. */
  degraded: z
    .array(
      z
        .strictObject({
          /** Text in what it prints. */
          says: z.string().min(1).optional(),
          /** Text that it prints where it used the GPU that it was given. */
          lacks: z.string().min(1).optional(),
          /** `gpu-unused`, `slices-replaced`, ...: shown with the job. */
          mark: z.string().regex(/^[a-z][a-z0-9-]*$/),
        })
        .refine(({ says, lacks }) => (says === undefined) !== (lacks === undefined), 'says or lacks'),
    )
    .default([]),
  determinism: z.enum(['bitwise', 'bitwise-single-thread', 'seeded', 'tolerance']),
  network: z.enum(['none', 'required']).default('none'),
  /** Licence files the tool needs at run time. */
  license: z.enum(['none', 'freesurfer', 'fsl-non-commercial']).default('none'),
  workspace: workspace.optional(),
  resume: resume.optional(),
  /** A named adapter in src/skills/adapters for what data cannot say. */
  adapter: z.string().optional(),
  citations: z
    .array(
      z.strictObject({
        text: z.string().min(1),
        doi: z
          .string()
          .regex(/^10\.\S+$/)
          .optional(),
      }),
    )
    .default([]),
});

export type SkillContract = z.infer<typeof skillContract>;
export type Resources = SkillContract['resources'];
