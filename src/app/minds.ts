import type { Minds } from '../agents/minds.js';
import type { Model } from '../agents/model.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { NeuroClaw } from './neuroclaw.js';

/** Who talks and who plans where a model is given or configured; undefined where there is none. */
export async function mindsOf(app: NeuroClaw, given: Model | undefined): Promise<Minds | undefined> {
  const model = given ?? (await app.model());
  if (model === undefined) return undefined;
  const [{ Budget }, { Privacy }, { agents }, prices] = await Promise.all([
    import('../agents/budget.js'),
    import('../agents/safety/privacy.js'),
    app.agents(),
    app.prices(),
  ]);
  const assistant = [...agents.values()].find(({ tier }) => tier === 'user');
  if (assistant === undefined)
    throw new NeuroClawError('agent.unknown', 'there is no agent of the tier user', {
      expected: 'a folder agents/assistant with its AGENT.md',
    });
  const budget = new Budget({ prices });
  const tools = { model, budget, sharing: app.sharing };
  const review = app.settings.values.modelReview;
  return {
    model,
    budget,
    assistant,
    orchestrators: new Map([...agents].filter(([, { tier }]) => tier === 'orchestrator')),
    privacy: async (data) => new Privacy(await labelsOf(data, app), app.sharing),
    plan: async ({ signal, ...wish }) => {
      const { orchestrateRequest } = await import('./orchestrate.js');
      return orchestrateRequest({ ...wish, review, ...(signal === undefined ? {} : { signal }) }, app, tools);
    },
    repair: async (request) => {
      const { repairRun } = await import('./repair-run.js');
      return repairRun({ ...request, review }, app, tools);
    },
  };
}

async function labelsOf(data: string | undefined, app: NeuroClaw): Promise<string[]> {
  if (data === undefined) return [];
  const { isBids } = await import('./make-plan.js');
  if (!(await isBids(data))) return [];
  return (await app.datasets.bids(data)).participants.map(({ label }) => label);
}
