import type { BidsDataset } from '../../bids/dataset.js';
import type { DatasetSummary } from '../../bids/summary.js';
import type { RunStatus } from '../../engine/status.js';
import type { CompiledStage } from '../../planning/job.js';
import type { Pipeline } from '../../planning/pipeline.js';
import type { Plan, PlanStage } from '../../planning/plan.js';
import type { PlanningOutcome } from '../../planning/planning-outcome.js';
import type { PolicyDecision } from '../../planning/policy.js';
import type { SkillRegistry } from '../../skills/registry.js';

/**
 * What an orchestrator works in. Folders are known here and never told to a model: which data, and where results go,
 * is said by the person alone.
 */
export interface PlanningWorld {
  /** Absolute paths. */
  readonly data: { readonly bids: string } | { readonly dicom: string };
  readonly out: string;
  readonly bids?: { readonly dataset: BidsDataset; readonly summary: DatasetSummary };
  /** Of DICOMs: the conversion as the rules plan it, which comes before everything else. */
  readonly conversion?: PlanStage;
  /** Descriptions of DICOM series, as their headers have them. */
  readonly series?: readonly string[];
  /** Only these participants, where the person said so. Labels without `sub-`. */
  readonly participants?: readonly string[];
  /** Files that the person named for inputs of pipelines. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly skills: SkillRegistry;
  readonly compile: (plan: Plan, stage: string) => Promise<CompiledStage>;
  readonly decide: (stages: readonly CompiledStage[]) => PolicyDecision;
  /** The rule planner, on the same data and the same words. */
  readonly rules: (request: string) => Promise<PlanningOutcome>;
  readonly runs: () => Promise<readonly RunStatus[]>;
  readonly readme: () => Promise<string | undefined>;
}
