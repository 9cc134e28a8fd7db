import type { BudgetLimits } from '../agents/budget.js';
import type { Settings } from '../config/settings.js';
import type { Policy } from '../planning/policy.js';

export interface Budgets {
  /** Of language models in one conversation. */
  readonly conversation: BudgetLimits;
  /** Of language models for one plan, with its changes and the repairs of its run. */
  readonly plan: BudgetLimits;
  /** Seconds that the jobs of a run may take by the clock. */
  readonly runSeconds: number | undefined;
}

/** The budgets that hold: of settings and policy, the lower one counts. */
export function budgetsOf(settings: Settings, { budgets }: Policy): Budgets {
  const { conversation, run } = budgets;
  return {
    conversation: limits({
      tokens: lower(settings.budgetTokens, conversation.tokens),
      money: lower(settings.budgetMoney, conversation.money),
      seconds: lower(settings.budgetSeconds, conversation.seconds),
    }),
    plan: limits({
      tokens: lower(settings.runBudgetTokens, run.tokens),
      money: lower(settings.runBudgetMoney, run.money),
    }),
    runSeconds: lower(settings.runBudgetSeconds, run.seconds),
  };
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function limits(of: { readonly [Name in keyof BudgetLimits]: number | undefined }): BudgetLimits {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
}
