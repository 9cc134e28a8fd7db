import type { Finding } from '../kernel/findings.js';
import type { SeriesMap } from './dicom/series-map.js';
import type { Plan } from './plan.js';
import type { Exclusion } from './plan-request.js';
import type { Question } from './question.js';

/** What comes of a request. */
export type PlanningOutcome =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly findings: readonly Finding[] }
  | {
      readonly kind: 'question';
      readonly questions: readonly Question[];
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'cannot'; readonly reasons: readonly string[]; readonly findings: readonly Finding[] };

export interface PlanningOptions {
  /** Labels without `sub-`. For one patient's DICOMs: what the participant is to be called. */
  readonly participants?: readonly string[];
  /** Label of the session that DICOMs become. */
  readonly session?: string;
  readonly map?: SeriesMap;
  /** What was said after the request and changes it. */
  readonly amendments?: readonly string[];
  /** Participants to leave out unless they are named. */
  readonly exclude?: readonly Exclusion[];
  /** Names of conditions in the events of the data: what contrasts are made of. */
  readonly conditions?: readonly string[];
  /** Values of parameters, as text, where the request says none. */
  readonly prefer?: Readonly<Record<string, string>>;
}
