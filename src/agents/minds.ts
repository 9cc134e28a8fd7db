import type { Plan } from '../planning/plan.js';
import type { Budget, Spent } from './budget.js';
import type { Model } from './model.js';
import type { Agent } from './orchestrators/agent-file.js';
import type { Orchestrated } from './orchestrators/orchestrate.js';
import type { Privacy } from './safety/privacy.js';

/** What one conversation spends on models. */
export interface Spending {
  /** What it spent before, where it goes on. */
  readonly before?: Spent | undefined;
  /** Told what was spent in all, after every answer. */
  readonly keep?: (spent: Spent) => void;
}

export interface WishForMind {
  /** The orchestrator. */
  readonly agent: string;
  readonly wish: string;
  /** What the person said after it. */
  readonly said: readonly string[];
  readonly data: string;
  readonly out: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The plan that is changed: what it has cost counts for the one that takes its place. */
  readonly before?: Plan | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RepairForMind {
  readonly out: string;
  readonly run: string;
  /** What the person said to it. */
  readonly said: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What a conversation has where a model is configured: who talks, who plans, what it costs, what may leave. */
export interface Minds {
  readonly model: Model;
  readonly budget: Budget;
  /** The agent that talks with the person. */
  readonly assistant: Agent;
  /** Those that plan, by name. */
  readonly orchestrators: ReadonlyMap<string, Agent>;
  /** Stands between these data and the model. */
  privacy(data: string | undefined): Promise<Privacy>;
  plan(wish: WishForMind): Promise<Orchestrated>;
  /** Shows what failed in a run to the orchestrator of it, which proposes a changed plan. */
  repair(request: RepairForMind): Promise<Orchestrated>;
}
