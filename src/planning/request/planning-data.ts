import type { Finding } from '../../kernel/findings.js';
import type { Pipeline } from '../pipeline.js';
import type { PlanStage } from '../plan.js';
import type { Exclusion } from '../plan-request.js';
import type { KnownLabels, ReadRequest } from './read-request.js';

/** Which part of the data a plan is for. */
export interface DataSelection {
  /** Labels without `sub-`; undefined: all. */
  readonly participants: readonly string[] | undefined;
  /** Of them, those that are left out all the same, each with the reason. */
  readonly exclude: readonly Exclusion[];
  /** By long name of the entity. */
  readonly entities: Readonly<Record<string, string[]>>;
  readonly reasonsWhy: readonly string[];
}

/** What the planner must know of data, whether they are BIDS or still DICOMs. */
export interface PlanningData {
  readonly known: KnownLabels;
  /** Data types that are there: `func`, `anat`. */
  readonly datatypes: readonly string[];
  readonly findings: readonly Finding[];
  /** A conversion must come before everything else. */
  readonly needsConversion: boolean;
  /** The pipeline has nothing left to do here: a conversion of what is BIDS already. */
  isDone(pipeline: Pipeline): boolean;
  /** Why the pipeline has nothing to work on; undefined: it has. */
  lacks(pipeline: Pipeline, selection?: DataSelection): string | undefined;
  select(
    read: ReadRequest,
    pipelines: readonly Pipeline[],
  ): DataSelection | { readonly reasons: readonly string[] };
  stages(pipelines: readonly Pipeline[], selection: DataSelection): PlanStage[];
}

/** Stage ids: the names of the pipelines, numbered where one stands twice. */
export function stageIds(pipelines: readonly Pipeline[]): string[] {
  const taken = new Map<string, number>();
  return pipelines.map(({ id }) => {
    const name = id.slice(id.indexOf('/') + 1);
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  });
}

export function isQueried(pipeline: Pipeline): boolean {
  return Object.values(pipeline.inputs).some((input) => 'query' in input);
}
