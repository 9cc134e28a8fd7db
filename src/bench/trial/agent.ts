import type { Sandbox, StepRecord } from '../sandbox/sandbox.js';
import type { Task } from '../task/load-task.js';
import type { TrialResult } from '../result.js';

/** What an agent under test is given: what is public of the task, and the sandbox to act in. */
export interface TrialView {
  readonly task: Task;
  /** The task's own words and the rules that hold for all tasks. */
  readonly instruction: string;
  readonly sandbox: Sandbox;
  /** Folder of the inputs on this machine, for agents that bring runtimes of their own. Read-only by agreement and checked. */
  readonly inputs: string;
  /** What happened in the sandbox so far. */
  readonly steps: readonly StepRecord[];
  readonly signal: AbortSignal;
  /** Tells the trace of a question to a model. */
  readonly asked: (body: { readonly model: string; readonly input: number; readonly output: number }) => void;
}

/** A fresh sandbox and the inputs, at other paths than before where `sandbox` is elsewhere. */
export interface ReplayView {
  readonly task: Task;
  readonly sandbox: Sandbox;
  readonly inputs: string;
  /** What the trial left: artifacts, with scripts of its own among them. */
  readonly artefacts: string;
  readonly steps: readonly StepRecord[];
  readonly signal: AbortSignal;
}

/** How an agent ended, and what it used up. */
export interface AgentEnd {
  readonly status: 'ended' | 'refused' | 'timeout' | 'budget' | 'infra_error';
  readonly message?: string;
  /** As the provider returned it. */
  readonly model: string | null;
  readonly usage: Omit<TrialResult['usage'], 'wall_s' | 'cpu_s' | 'max_rss_mb' | 'tool_calls'>;
}

/** Anything that can be given a task: a scripted control, the product, a model with tools, somebody's program. */
export interface AgentUnderTest {
  readonly provider: string;
  /** As it was asked for, without its provider; null without a model. */
  readonly model: string | null;
  readonly arm: string;
  readonly control: TrialResult['control'];
  play(view: TrialView): Promise<AgentEnd>;
  /** Makes its outputs again in a fresh sandbox, without being asked anew; its recorded steps where this is absent. */
  replay?(view: ReplayView): Promise<void>;
}

/** Usage of an agent that asks no model. */
export const noModel: AgentEnd['usage'] = {
  input_tokens: null,
  cached_tokens: null,
  output_tokens: null,
  reasoning_tokens: null,
  usd: 0,
  usd_source: 'no-model',
  llm_calls: 0,
};
