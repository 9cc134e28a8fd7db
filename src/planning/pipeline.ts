import { z } from 'zod';
import { bidsPattern, skillId } from '../skills/contract.js';

export const pipelineId = z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'expected agent/name');
const stepId = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/);

export const parameterSchema = z.strictObject({
  type: z.enum(['number', 'integer', 'string', 'boolean']),
  default: z.json().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  choices: z.array(z.union([z.string(), z.number()])).optional(),
  unit: z.string().optional(),
  description: z.string().min(1),
});

/** What a pipeline is given: files of a BIDS dataset by query, DICOM series, or the dataset as a folder. */
const pipelineInput = z.union([
  z.strictObject({
    query: bidsPattern,
    optional: z.boolean().default(false),
    description: z.string().default(''),
    /** Images with fewer volumes are refused before anything runs. */
    minimum_volumes: z.number().int().min(1).optional(),
  }),
  z.strictObject({ dicom: z.literal('series') }),
  z.strictObject({ dataset: z.literal('whole') }),
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
 * The source of a role: a pipeline input (`bold`), an output of an earlier step (`detrend.image`),
 * a companion of a file (`{companion: bval, of: dwi}`), the first of several outputs that is there for the item, where
 * `when` takes one of them (`{either: [fod-multi.fod, fod-single.fod]}`), every output of a step over the whole fan-out
 * (`{gather: detrend.image}`), or a dataset folder made of what steps publish (`{published: [convert, describe]}`).
 */
const inputBinding = z.union([
  z.string(),
  z.strictObject({ companion: z.enum(['bval', 'bvec', 'json', 'events']), of: z.string() }),
  z.strictObject({ either: z.array(z.string()).min(2) }),
  z.strictObject({ gather: z.string() }),
  z.strictObject({ published: z.array(stepId).min(1) }),
]);

const step = z.strictObject({
  id: stepId,
  skill: skillId,
  /** Pipeline input over whose items the step fans out; absent: once for the stage. Steps that follow it inherit the item. */
  for_each: z.string().optional(),
  /**
   * BIDS entities that part the items of `for_each` into groups: one job a group (`per: [subject, session, task]`: the
   * runs of one task together). `gather` then takes what belongs to the group.
   */
  per: z.array(z.string().min(1)).min(1).optional(),
  inputs: z.record(z.string(), inputBinding).default({}),
  params: z.record(z.string(), paramBinding).default({}),
  /**
   * Only when this pipeline parameter is true, or above 0 if it is a number (`!name`: not), or the item has a fact
   * (`fact:gradients`). Alternatives are separated by `|`.
   */
  when: z.string().optional(),
  /** Where `when` leaves the step out: the role whose file stands for an output, also for what `publish` says of it. */
  otherwise: z.record(z.string(), z.string()).default({}),
  /** Outputs that appear in the published dataset, with the entities that name them; others stay in the store. */
  publish: z
    .record(
      z.string(),
      z.union([z.literal('source'), z.strictObject({ path: z.string() }), z.record(z.string(), z.string())]),
    )
    .default({}),
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
  /** Words of a request that mean this pipeline, for the rule planner. */
  intent: z.array(z.string()).default([]),
  inputs: z.record(z.string(), pipelineInput),
  parameters: z.record(z.string(), parameterSchema).default({}),
  steps: z.array(step).min(1),
});

export type Pipeline = z.infer<typeof pipelineSchema>;
export type PipelineStep = z.infer<typeof step>;
export type PipelineInput = z.infer<typeof pipelineInput>;
export type InputBinding = z.infer<typeof inputBinding>;
export type ParamBinding = z.infer<typeof paramBinding>;
export type PipelineParameter = z.infer<typeof parameterSchema>;
