import { z } from 'zod';
import { artifactKind, bidsPattern, skillId } from '../skills/contract.js';

export const pipelineId = z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'expected agent/name');
const capabilityId = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);
const stepId = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/);

export const parameterSchema = z.strictObject({
  type: z.enum(['number', 'integer', 'string', 'boolean']),
  default: z.json().optional(),
  /** Nobody but the person can say it: there is no default. */
  required: z.boolean().optional(),
  /**
   * Where the names that it is made of stand, to be offered with the question: conditions in the events of an input,
   * or columns of a table (the first input that is there), or the values of the column that a parameter names.
   */
  names_in: z
    .union([
      z.strictObject({ events_of: z.string() }),
      z.strictObject({ table: z.array(z.string()).min(1), column_named: z.string().optional() }),
    ])
    .optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  choices: z.array(z.union([z.string(), z.number()])).optional(),
  unit: z.string().optional(),
  description: z.string().min(1),
});

/**
 * What a pipeline is given: files of a BIDS dataset by query, DICOM series, the dataset as a folder, one file at a
 * fixed place of the dataset (`participants.tsv`), or one file that the person names (a template).
 */
const pipelineInput = z.union([
  z.strictObject({
    query: bidsPattern,
    optional: z.boolean().default(false),
    description: z.string().default(''),
    /** Images with fewer volumes are refused before anything runs. */
    minimum_volumes: z.number().int().min(1).optional(),
    /** And images with fewer slices. */
    minimum_slices: z.number().int().min(1).optional(),
    /** `derivatives`: not the dataset itself, but a derivative dataset (`--input NAME=FOLDER`, else those that are found). */
    from: z.literal('derivatives').optional(),
    /** What every item must have; with `when` only where that parameter is true, or above 0. */
    requires: z
      .array(
        z.strictObject({
          check: z.enum([
            'slice-timing',
            'multi-shell',
            'reversed-phase-encoding',
            'single-delay-asl',
            'pet-frames',
            'several-sessions',
            'one-of',
          ]),
          when: z.string().optional(),
          /** Of `one-of`: inputs of which one group must be there whole for each item. */
          groups: z.array(z.array(z.string()).min(1)).optional(),
          /** `leave-out`: of data that lack it altogether a step takes care (`fact:slice-timing`); wrong data are refused. */
          absent: z.literal('leave-out').optional(),
        }),
      )
      .default([]),
  }),
  z.strictObject({ dicom: z.literal('series') }),
  /** `participant`: of every participant's own files, with what applies to all of them. */
  z.strictObject({ dataset: z.enum(['whole', 'participant']) }),
  z.strictObject({
    /** The folder of each participant (and session) in a subjects folder: `--input NAME=FOLDER`, else one that was adopted, else our own. */
    subject_folders: z.literal('freesurfer'),
    optional: z.boolean().default(false),
    description: z.string().default(''),
  }),
  z.strictObject({
    /** Path below the root of the dataset. */
    dataset_file: z.string().min(1),
    optional: z.boolean().default(false),
    description: z.string().default(''),
  }),
  z.strictObject({
    /** Kind of the file that `--input NAME=FILE` or the plan names. */
    given: artifactKind,
    dimensions: z.union([z.literal(3), z.literal(4)]).optional(),
    optional: z.boolean().default(false),
    description: z.string().default(''),
  }),
]);

/**
 * The value of a step's parameter: a literal, `$name` of a pipeline parameter, a sidecar value of a role,
 * or a named derivation (see derivations.ts) over them.
 */
const paramBinding = z.union([
  z.json(),
  z.strictObject({ sidecar: z.string(), of: z.string() }),
  z.strictObject({
    derive: z.string(),
    of: z.string().optional(),
    with: z.record(z.string(), z.json()).default({}),
  }),
]);

/**
 * The source of a role: a pipeline input (`bold`), an output of an earlier step (`detrend.image`), either of them only
 * where a parameter is on (`{take: t2w, when: t2_pial}`; for roles that can be empty),
 * a companion of a file (`{companion: bval, of: dwi}`; `json` is its sidecar merged by inheritance), the first of several outputs that is there for the item, where
 * `when` takes one of them (`{either: [fod-multi.fod, fod-single.fod]}`), every output of a step over the whole fan-out
 * (`{gather: detrend.image}`; with `as: folder` side by side in one folder, each under its own name), outputs of several
 * steps for the item side by side in one folder (`{folder_of: [recon.subject, base.subject]}`), a dataset folder made of what steps publish (`{published: [convert, describe]}`), or labels
 * of one input on the grid of another (`{labels: parcellation, on_grid_of: dwi}`): where the grids differ, a step that
 * resamples by the nearest label is put in, and said.
 */
const inputBinding = z.union([
  z.string(),
  z.strictObject({
    companion: z.enum([
      'bval',
      'bvec',
      'json',
      'events',
      'channels',
      'electrodes',
      'coordsystem',
      'aslcontext',
    ]),
    of: z.string(),
    /** Where there is none, the step is left out and the rest goes on. */
    if_any: z.literal(true).optional(),
  }),
  z.strictObject({ either: z.array(z.string()).min(2) }),
  z.strictObject({ take: z.string(), when: z.string() }),
  z.strictObject({ gather: z.string(), as: z.literal('folder').optional() }),
  z.strictObject({ folder_of: z.array(z.string()).min(1) }),
  z.strictObject({ published: z.array(stepId).min(1) }),
  z.strictObject({ labels: z.string(), on_grid_of: z.string() }),
]);

/** Entities by which a step gathers the items of its input: `[sub, ses, task]`. */
const grouping = z.array(z.string()).min(1);

const stepShape = z.strictObject({
  id: stepId,
  /** The skill that runs; or `capability`. */
  skill: skillId.optional(),
  /** What must be done, whatever the tool: roles, outputs and parameters are those of the capability's contract. */
  capability: capabilityId.optional(),
  /** Order in which providers of the capability are tried; absent: the capability's own. */
  prefer: z.array(skillId).optional(),
  /** Pipeline input over whose items the step fans out; absent: once for the stage. Steps that follow it inherit the item. */
  for_each: z.string().optional(),
  /** With `for_each`: one job for all items that share these entities (`[sub, ses, task]`: the runs together). */
  per: grouping.optional(),
  inputs: z.record(z.string(), inputBinding).default({}),
  params: z.record(z.string(), paramBinding).default({}),
  /**
   * Only when this pipeline parameter is true, or above 0 if it is a number (`!name`: not), or the item has a fact
   * (`fact:gradients`), or the parameter has that value (`stages=all`), or an input has something for the item (`has:t1w`). Alternatives are separated by `|`; conditions that
   * must hold together by `&`.
   */
  when: z.string().optional(),
  /** Where `when` leaves the step out: the role whose file stands for an output, also for what `publish` says of it. */
  otherwise: z.record(z.string(), z.string()).default({}),
  /**
   * Outputs that appear in the published dataset, with the entities that name them; others stay in the store. `source`:
   * under the name of the item; `own`: under the name that the tool gave, at the root of the dataset.
   */
  publish: z
    .record(
      z.string(),
      z.union([
        z.enum(['source', 'own', 'participant']),
        z.strictObject({ path: z.string() }),
        z.record(z.string(), z.string()),
      ]),
    )
    .default({}),
});

const step = stepShape
  .refine((each) => (each.skill === undefined) !== (each.capability === undefined), {
    error: 'expected either skill or capability',
    path: ['skill'],
  })
  .refine((each) => each.per === undefined || each.for_each !== undefined, {
    error: 'expected for_each, whose items it groups',
    path: ['per'],
  })
  .refine((each) => each.prefer === undefined || each.capability !== undefined, {
    error: 'expected capability: a skill has no alternatives',
    path: ['prefer'],
  });

/** A named set of parameters beside the defaults, which are the precise ones. */
const preset = z.strictObject({
  about: z.string().min(1),
  params: z.record(z.string(), z.json()),
});

/**
 * A sentence of the methods text. With `step` it is said only where that step ran, with `unless` only where it did not.
 * `{name}` is a parameter of the pipeline with its unit, `{step.tool}` the program with its version,
 * `{step.params.name}` what the step was given, `{participants}` and `{files}` are counts.
 */
const sentence = z.union([
  z.string().min(1),
  z.strictObject({ text: z.string().min(1), step: stepId.optional(), unless: stepId.optional() }),
]);

/** A number in a JSON output that tells how good the data or the result are. */
const qcNumber = z.strictObject({
  /** `step.output`, of kind json. */
  from: z.string().regex(/^[a-z0-9][a-z0-9_-]*\.[a-z0-9_-]+$/i, 'expected step.output'),
  /** Place in the JSON: keys parted by dots (`tissues.gm`), or a list of keys. */
  value: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  about: z.string().min(1),
  unit: z.string().optional(),
  /** What the field expects; outside it the table marks the value. */
  expected: z.strictObject({ minimum: z.number().optional(), maximum: z.number().optional() }).optional(),
});

/** A picture for the report, drawn by a step like any other. */
const picture = z.strictObject({
  /** `step.output`, of kind svg. */
  from: z.string().regex(/^[a-z0-9][a-z0-9_-]*\.[a-z0-9_-]+$/i, 'expected step.output'),
  title: z.string().min(1),
  /** What to look for in it, in a sentence or two. */
  about: z.string().min(1),
});

/** A named, versioned template of an orchestrator, `agents/<agent>/pipelines/<name>.yaml`. */
export const pipelineSchema = z.strictObject({
  schema: z.literal('neuroclaw/pipeline@1'),
  id: pipelineId,
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  title: z.string().min(1),
  description: z.string().min(1),
  /** `raw`: publishes into <out>/bids; `derivative`: into <out>/derivatives/<agent>-<name>. */
  publishes: z.enum(['raw', 'derivative']),
  /** Another name for the folder below `derivatives`, where the field knows the dataset by one (`freesurfer`). */
  folder: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected a name of small letters')
    .optional(),
  /** Words of a request that mean this pipeline, for the rule planner. */
  intent: z.array(z.string()).default([]),
  inputs: z.record(z.string(), pipelineInput),
  parameters: z.record(z.string(), parameterSchema).default({}),
  /** By name, such as `testing`. */
  presets: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), preset).default({}),
  steps: z.array(step).min(1),
  methods: z.union([z.string().min(1), z.array(sentence).min(1)]).optional(),
  /** By the name that stands at the top of the column. */
  qc: z.record(z.string(), qcNumber).default({}),
  /** By name, in the order of the page. Steps that serve them alone are left out of a plan without pictures. */
  pictures: z.record(z.string(), picture).default({}),
});

export type Pipeline = z.infer<typeof pipelineSchema>;
export type PipelineStep = z.infer<typeof step>;
/** A step whose skill is known: one that names it, or a capability with its provider chosen. */
export type SkillStep = PipelineStep & { readonly skill: string };
export type PipelineInput = z.infer<typeof pipelineInput>;
export type InputBinding = z.infer<typeof inputBinding>;
export type ParamBinding = z.infer<typeof paramBinding>;
export type PipelineParameter = z.infer<typeof parameterSchema>;
