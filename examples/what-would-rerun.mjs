// Without a conversation: plans, runs, and says which jobs a changed parameter would run again.
// node examples/what-would-rerun.mjs DATASET OUT WISH NAME VALUE
import { NeuroClaw, explainPlan, loadSettings, makePlan, runPlan } from 'neuroclaw';

const [data, out, wish, name, value] = process.argv.slice(2);
const app = new NeuroClaw(loadSettings({ env: process.env }), 'example');
const plan = await makePlan({ wish, data, out }, app);
const outcome = await runPlan(
  {
    plan,
    actor: { kind: 'human', id: 'what-would-rerun.mjs' },
    approve: async (stage, concerns) => stage.jobs.length > 0 && concerns.length === 0,
    signal: new AbortController().signal,
    userHeads: app.userHeads,
  },
  await app.world(),
);
console.log(`${outcome.outcome}: ${outcome.counts.committed} committed, ${outcome.counts.reused} reused`);
const stages = plan.stages.map((stage) => ({ ...stage, params: { ...stage.params, [name]: Number(value) } }));
for (const { jobs } of await explainPlan({ ...plan, stages }, await app.world()))
  for (const { job, verdict, why } of jobs) if (verdict !== 'committed') console.log(`${job}: ${why}`);
await app.close();
process.exitCode = outcome.exitCode;
