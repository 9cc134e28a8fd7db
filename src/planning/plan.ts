import { z } from 'zod';
import { skillId } from '../skills/contract.js';
import { pipelineId, pipelineSchema } from './pipeline.js';

/** What a stage works on: a BIDS dataset, a folder of DICOMs, or what an earlier stage publishes. Absolute paths. */
export const stageData = z.union([
  z.strictObject({ bids: z.string().min(1) }),
  z.strictObject({ dicom: z.string().min(1) }),
  z.strictObject({ stage: z.string().min(1) }),
]);

/** How one DICOM series becomes a BIDS file: decided when planning, read and corrected by the person. */
export const seriesNaming = z.strictObject({
  /** SeriesInstanceUID. */
  series: z.string().min(1),
  /** Series number and description, for people. */
  label: z.string().default(''),
  action: z.enum(['convert', 'skip']),
  datatype: z.string().optional(),
  suffix: z.string().optional(),
  /** Entities by name: subject, session, task, acquisition, direction, run, ... */
  entities: z.record(z.string(), z.string()).default({}),
  /** Keys to add to the sidecar, such as TaskName. */
  sidecar: z.record(z.string(), z.json()).default({}),
  /** Why, in words. */
  reason: z.string(),
});
export type SeriesNaming = z.infer<typeof seriesNaming>;

const stage = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Name of a pipeline, or a pipeline written out in the plan (free steps). */
  pipeline: z.union([pipelineId, pipelineSchema]),
  /** Version the plan was made for; another one installed is told. */
  version: z.string().optional(),
  data: stageData,
  /** Participant labels without `sub-`; absent: all. */
  participants: z.array(z.string().min(1)).optional(),
  /** Further entities that files must have, such as `{task: rest}`. */
  select: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  params: z.record(z.string(), z.json()).default({}),
  /** Preset of the pipeline under `params`: `testing`. Absent: the defaults, which are the precise ones. */
  preset: z.string().optional(),
  /** Files that the pipeline asks the person for, and derivative datasets, by input. Absolute paths. */
  inputs: z.record(z.string(), z.string().min(1)).default({}),
  /** Skill by capability, where it is not to be the first that is available. */
  providers: z.record(z.string(), skillId).default({}),
  naming: z.array(seriesNaming).optional(),
  /** Participants that are left out, each with the reason, which compiling and the trace repeat. */
  exclude: z.array(z.strictObject({ participant: z.string().min(1), reason: z.string().min(1) })).optional(),
  /** More memory or time than the skill says, by step. In no key. */
  resources: z
    .record(
      z.string(),
      z.strictObject({
        memory_mb: z.number().int().min(16).optional(),
        walltime_s: z.number().int().min(1).optional(),
      }),
    )
    .optional(),
});

export const planSchema = z.strictObject({
  schema: z.literal('neuroclaw/plan@1'),
  title: z.string().min(1),
  /** The words of the person. */
  request: z.string().default(''),
  /** Output folder, absolute; the command line may replace it. */
  out: z.string().min(1),
  origin: z.strictObject({
    planner: z.string().min(1),
    version: z.string().min(1),
    reasons: z.array(z.string()).default([]),
    alternatives: z.array(z.strictObject({ what: z.string(), why_not: z.string() })).default([]),
    /** Where a language model planned: which, as which agent, told what, and what it took. */
    model: z
      .strictObject({
        name: z.string(),
        agent: z.string(),
        prompt_sha256: z.string(),
        /** How often the checker sent the plan back. */
        corrections: z.number().int().optional(),
        input_tokens: z.number().int().optional(),
        output_tokens: z.number().int().optional(),
        /** Absent: the price of the model is not known. */
        money: z.number().optional(),
        currency: z.string().optional(),
      })
      .optional(),
    /** Rounds of repair that led to this plan, the first first: what failed in which run, and what was changed. */
    repairs: z
      .array(
        z.strictObject({
          run: z.string(),
          /** Absent where a stage could not start. */
          job: z.string().optional(),
          code: z.string(),
          /** An agent with its model, or the table of known failures. */
          proposed_by: z.string(),
          /** Known from the second round on: who approves the last one is in the trace of its run. */
          approved_by: z.string().optional(),
          /** In words. */
          change: z.array(z.string()),
          /** As data, where the table proposed them. */
          changes: z.array(z.record(z.string(), z.json())).optional(),
        }),
      )
      .optional(),
  }),
  /** false: without the steps that serve nothing but pictures for the report. Absent: with them. */
  pictures: z.boolean().optional(),
  stages: z.array(stage).min(1),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanStage = Plan['stages'][number];
export type StageData = z.infer<typeof stageData>;
