import type { Minds, Spending } from '../agents/minds.js';
import type { Model } from '../agents/model.js';
import { NeuroClawError } from '../kernel/errors.js';
import { budgetsOf } from './budgets.js';
import type { NeuroClaw } from './neuroclaw.js';

/** Makes, for each conversation, who talks and who plans; undefined where no model is given or configured. */
export async function openMinds(
  app: NeuroClaw,
  given: Model | undefined,
): Promise<((spending: Spending) => Minds) | undefined> {
  const model = given ?? (await app.model());
  if (model === undefined) return undefined;
  const [{ Budget }, { Privacy }, { agents }, prices, policy] = await Promise.all([
    import('../agents/budget.js'),
    import('../agents/safety/privacy.js'),
    app.agents(),
    app.prices(),
    app.policy(),
  ]);
  const assistant = [...agents.values()].find(({ tier }) => tier === 'user');
  if (assistant === undefined)
    throw new NeuroClawError('agent.unknown', 'there is no agent of the tier user', {
      expected: 'a folder agents/assistant with its AGENT.md',
    });
  const budgets = budgetsOf(app.settings.values, policy);
  const review = app.settings.values.modelReview;
  const orchestrators = new Map([...agents].filter(([, { tier }]) => tier === 'orchestrator'));
  return ({ before, keep }) => {
    const budget = new Budget({ limits: budgets.conversation, prices, before, keep });
    const tools = { model, budget, runLimits: budgets.plan, sharing: app.sharing };
    return {
      model,
      budget,
      assistant,
      orchestrators,
      privacy: async (data) => new Privacy(await labelsOf(data, app), app.sharing),
      plan: async ({ signal, ...wish }) => {
        const { orchestrateRequest } = await import('./orchestrate.js');
        return orchestrateRequest(
          { ...wish, review, ...(signal === undefined ? {} : { signal }) },
          app,
          tools,
        );
      },
      repair: async (request) => {
        const { repairRun } = await import('./repair-run.js');
        return repairRun({ ...request, review }, app, tools);
      },
    };
  };
}

async function labelsOf(data: string | undefined, app: NeuroClaw): Promise<string[]> {
  if (data === undefined) return [];
  const { isBids } = await import('./make-plan.js');
  if (!(await isBids(data))) return [];
  return (await app.datasets.bids(data)).participants.map(({ label }) => label);
}
