import type { BidsDataset } from '../bids/dataset.js';
import type { DatasetSummary } from '../bids/summary.js';
import type { EngineWorld } from '../engine/session.js';
import type { DicomScan } from '../imaging/dicom-series.js';
import type { EnvironmentState } from '../planning/compile/choose-providers.js';
import type { CompiledStage } from '../planning/job.js';
import type { Pipeline } from '../planning/pipeline.js';
import type { Plan } from '../planning/plan.js';
import type { PlanRequest } from '../planning/plan-request.js';
import type { PlanningOutcome } from '../planning/planning-outcome.js';
import type { Policy } from '../planning/policy.js';
import type { SkillRegistry } from '../skills/registry.js';
import type { Minds, Spending } from './minds.js';

/** What a data folder is. */
export type DataView =
  | { readonly kind: 'bids'; readonly dataset: BidsDataset; readonly summary: DatasetSummary }
  | { readonly kind: 'dicom'; readonly scan: DicomScan };

/** What a conversation works with: the port through which it sees data, plans and runs. Nothing here asks a person. */
export interface Workplace {
  readonly version: string;
  /** The user's own file of trace heads. */
  readonly userHeads: string;
  /** Values that must not stand in a trace. */
  secrets(): readonly string[];
  readonly cpus?: number | undefined;
  readonly memoryMb?: number | undefined;
  /** Folder of conversations that have no output folder. */
  readonly state: string;
  look(data: string): Promise<DataView>;
  /** Makes a plan by rules, or asks, or says why not. */
  propose(request: PlanRequest): Promise<PlanningOutcome>;
  compile(plan: Plan, stage: string): Promise<CompiledStage>;
  policy(): Promise<Policy>;
  /** Whether the tools of an environment can run here. */
  environment(name: string): Promise<EnvironmentState>;
  pipelines(): Promise<ReadonlyMap<string, Pipeline>>;
  skills(): Promise<SkillRegistry>;
  world(): Promise<EngineWorld>;
  /**
   * What a conversation has of a model, with a budget of its own. Undefined: none is configured, and everything goes by
   * rules. Throws provider and policy errors for a model that cannot or must not be asked.
   */
  minds(spending?: Spending): Promise<Minds | undefined>;
  /** Data may have changed: the next look is a new one. */
  forget(): void;
}
