import type { JsonObject } from '../kernel/json.js';
import type { Finding } from '../kernel/findings.js';
import type { Adaptation } from './compile/adaptation.js';
import type { ProviderChoice } from './compile/choose-providers.js';
import type { Pipeline } from './pipeline.js';
import type { Resources } from '../skills/contract.js';

/** Where the bytes of an input come from. */
export type FileSource =
  | { readonly from: 'dataset'; readonly path: string /* absolute */ }
  | { readonly from: 'job'; readonly job: string; readonly output: string }
  | {
      /** A JSON file made of the merged sidecar of an image. */
      readonly from: 'sidecar';
      readonly values: JsonObject;
      /** JSON files that were merged, nearest last. Absolute. */
      readonly sources: readonly string[];
    };

/** One file as the tool sees it below `/in/<role>/`. */
export interface InputFile {
  /** Path relative to `/in/<role>/`: the base name, or a relative path inside a folder role. POSIX separators. */
  readonly name: string;
  readonly source: FileSource;
  /** An optional output of a job inside a folder: left out of it where the job did not make it. */
  readonly optional?: boolean;
}

export interface JobInput {
  readonly role: string;
  readonly kind: string;
  /** `file`: exactly one; `list`: several, each a token; `folder`: the tool is given `/in/<role>` itself. */
  readonly shape: 'file' | 'list' | 'folder';
  readonly files: readonly InputFile[];
}

export interface JobOutput {
  readonly id: string;
  readonly kind: string;
  readonly optional: boolean;
  /** Path of the file or folder relative to `/out/`. */
  readonly path: string;
  /** Where it appears, relative to the stage's dataset; absent: only in the store. */
  readonly publish?: string;
  /** Of a folder that is a dataset itself: what in it is of the participant `publish` appears under its own path. */
  readonly contents?: true;
}

/** One step of a stage for one item of its fan-out: the unit that is keyed, run, verified, committed. */
export interface Job {
  /** Unique in the run and stable over runs: `stage/step` or `stage/step/sub-01_task-rest_bold`. */
  readonly id: string;
  readonly stage: string;
  readonly step: string;
  readonly skill: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly inputs: readonly JobInput[];
  /** Every parameter of the skill with defaults spelled out, but paths and threads. */
  readonly params: JsonObject;
  /** Sidecar values that parameters and sidecar roles (`role.Key`) were made from: in the key. */
  readonly sidecar: JsonObject;
  /** Merged sidecar of the main input: for checks and published sidecars; not in the key. */
  readonly context: JsonObject;
  /** Program and arguments with tool paths; `{threads}` stands for the number of threads. */
  readonly argv: readonly string[];
  readonly outputs: readonly JobOutput[];
  readonly resources: Resources;
  /** Ids of the jobs whose outputs it reads. */
  readonly needs: readonly string[];
}

/** The dataset that a stage publishes into. */
export interface StageDataset {
  readonly kind: 'raw' | 'derivative';
  /** Relative to the output folder: `bids` or `derivatives/<agent>-<name>`. */
  readonly folder: string;
  /** BIDS name of the source dataset for `DatasetLinks`, with its absolute path. */
  readonly source?: { readonly name: string; readonly path: string };
}

export interface CompiledStage {
  readonly stage: string;
  readonly pipeline: { readonly id: string; readonly version: string };
  readonly dataset: StageDataset;
  /** The pipeline as it compiled: every step with the skill that serves it. */
  readonly definition: Pipeline;
  /** Its parameters: given, of the preset, or defaults. */
  readonly parameters: JsonObject;
  readonly preset: string;
  /** Skills that were chosen for capabilities, with the reasons. */
  readonly providers: readonly ProviderChoice[];
  /** What was put in or changed so that the pipeline fits these data. */
  readonly adaptations: readonly Adaptation[];
  readonly jobs: readonly Job[];
  /** Warnings and notes: substitutions, skipped items with reasons. Errors mean that the stage cannot run. */
  readonly findings: readonly Finding[];
}
