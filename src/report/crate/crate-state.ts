import type { JobHistory } from '../../engine/history.js';
import type { Reference } from '../bibliography.js';
import type { RunArtifacts } from '../run-artifacts.js';
import type { Graph } from './graph.js';

/** A file that lies in the crate. */
export interface CrateFile {
  /** Path in the crate. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly about: string;
  readonly encodingFormat: string;
}

export interface CrateContent {
  readonly title: string;
  /** Path of the plan in the crate: the main workflow. */
  readonly workflow: CrateFile;
  /** Everything else that was written, but for results. */
  readonly files: readonly CrateFile[];
  /** Results by `job output`, as far as they are in the crate. */
  readonly results: ReadonlyMap<string, readonly CrateFile[]>;
  /** URL or words: what the results may be used for. */
  readonly license: string;
  readonly references: readonly Reference[];
  /** Times of jobs whose result an earlier run made, by key. */
  readonly earlier: ReadonlyMap<string, JobHistory>;
}

/** The graph under way, and what its root and its workflow will refer to. */
export interface CrateState {
  readonly artifacts: RunArtifacts;
  readonly content: CrateContent;
  readonly graph: Graph;
  /** Id of the plan. */
  readonly workflow: string;
  /** Files and parameters that the whole run took, and files that it published. */
  readonly taken: Set<string>;
  readonly made: Set<string>;
  readonly tools: Set<string>;
  readonly steps: string[];
  readonly controls: string[];
  readonly actions: string[];
  readonly parts: Set<string>;
  readonly formalInputs: Set<string>;
  readonly formalOutputs: Set<string>;
}

export const PERSON = '#person';
export const ENGINE = '#neuroclaw';
