import type { Actor, TraceEvent } from '../kernel/events.js';
import type { Finding } from '../kernel/findings.js';
import type { CompiledStage } from '../planning/job.js';
import type { Plan } from '../planning/plan.js';

/** What a run is asked to do, by whom, and with what. */
export interface RunRequest {
  readonly plan: Plan;
  /** Continue this run: append to its trace and do only what is missing. */
  readonly resume?: string;
  /** Who asked. */
  readonly actor: Actor;
  /**
   * Says yes or no to each stage once it is compiled, before anything of it runs. `concerns`: what the policy wants a
   * person to know first.
   */
  readonly approve: (stage: CompiledStage, concerns: readonly Finding[]) => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: TraceEvent) => void;
  readonly cpus?: number;
  readonly memoryMb?: number;
  readonly hardLinks?: boolean;
  readonly forceUnlock?: boolean;
  /** The user's own heads file, outside the output folder. */
  readonly userHeads: string;
  readonly secrets?: readonly string[];
}
