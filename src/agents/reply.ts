import type { Finding } from '../kernel/findings.js';
import type { JsonValue } from '../kernel/json.js';
import type { ProviderChoice } from '../planning/compile/choose-providers.js';
import type { Plan } from '../planning/plan.js';
import type { Question } from '../planning/question.js';
import type { JobCounts } from '../engine/session.js';
import type { QualityTable } from '../report/quality-numbers.js';
import type { Reference } from '../report/bibliography.js';

/** What an answer was read from: files and folders, runs, or the name of an index. */
export interface Source {
  readonly kind: 'dataset' | 'run' | 'plan' | 'store' | 'memory' | 'product' | 'file';
  readonly name: string;
}

/** An answer to a question about the state of things. `text` is for people, `facts` the same as data. */
export interface Answer {
  readonly kind: 'answer';
  /** What was asked about: `dataset`, `status`, `difference`, `excluded`, `what-if`, ... */
  readonly about: string;
  /** Lines in plain English; a line that begins with two spaces belongs to the one before. */
  readonly text: string;
  readonly facts: JsonValue;
  readonly sources: readonly Source[];
}

/** Something that the person must say first. */
export interface Asked {
  readonly kind: 'question';
  readonly questions: readonly Question[];
}

/** A stage of a proposed plan, as it compiles on this machine now. */
export interface ProposedStage {
  readonly stage: string;
  readonly pipeline: string;
  readonly version: string;
  /** Published dataset, relative to the output folder. */
  readonly dataset?: string;
  readonly preset?: string;
  /** Steps with their skill, number of jobs, and the command line of the first. */
  readonly steps: readonly {
    readonly step: string;
    readonly skill: string;
    readonly jobs: number;
    readonly example: string;
  }[];
  readonly jobs: number;
  /** Skills chosen for capabilities; with `instead_of` a substitution. */
  readonly providers: readonly ProviderChoice[];
  readonly findings: readonly Finding[];
  /** Seconds of tool time, one job after the other. */
  readonly seconds: number;
  readonly diskMb: number;
  /** Set where the stage compiles only after an earlier one. */
  readonly after?: string;
}

/** A plan that waits for a yes. Reasons and alternatives are in `plan.origin`. */
export interface Proposal {
  readonly kind: 'plan';
  readonly plan: Plan;
  readonly stages: readonly ProposedStage[];
  readonly findings: readonly Finding[];
}

export interface Cannot {
  readonly kind: 'cannot';
  readonly reasons: readonly string[];
  readonly findings: readonly Finding[];
}

/** How far a run is. */
export interface ProgressReply {
  readonly kind: 'progress';
  readonly run: string;
  readonly done: number;
  readonly total: number;
  /** Jobs under way. */
  readonly running: readonly string[];
  /** What has just happened, as a line; absent: nothing worth one. */
  readonly line?: string;
}

/** A committed picture of a run. */
export interface ResultPicture {
  readonly stage: string;
  readonly name: string;
  readonly title: string;
  readonly entities: Readonly<Record<string, string>>;
  /** Absolute path of the SVG. */
  readonly file: string;
}

/** How a run ended, with numbers from its committed results alone. */
export interface Results {
  readonly kind: 'results';
  readonly run: string;
  readonly out: string;
  readonly outcome: 'finished' | 'failed' | 'cancelled' | 'interrupted' | 'running';
  readonly counts: Partial<JobCounts>;
  readonly tables: readonly QualityTable[];
  /** Published datasets, relative to the output folder. */
  readonly datasets: readonly string[];
  /** Jobs that came to nothing, with the reason. */
  readonly unfinished: readonly { readonly job: string; readonly state: string; readonly message: string }[];
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly exit: number;
  };
  readonly trace: string;
  /** First page of its report; absent: there is none. */
  readonly report?: string;
  /** Pictures that its jobs drew. */
  readonly pictures: readonly ResultPicture[];
  readonly head?: { readonly seq: number; readonly hash: string };
}

/** The methods paragraph of what ran. */
export interface MethodsReply {
  readonly kind: 'methods';
  readonly run: string;
  readonly text: string;
  readonly references: readonly Reference[];
}

/** A word of the assistant about the conversation itself. */
export interface Note {
  readonly kind: 'note';
  readonly text: string;
}

/** Words of a model as they come; the whole answer follows as a reply of its own. */
export interface Piece {
  readonly kind: 'piece';
  readonly text: string;
}

export type Reply =
  Answer | Asked | Proposal | Cannot | ProgressReply | Results | MethodsReply | Note | Piece;

/** A word about the conversation itself. */
export function note(text: string): Note {
  return { kind: 'note', text };
}
