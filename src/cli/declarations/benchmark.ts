import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { lockFile } from './option-sets.js';

/** `neuroclaw bench …` */
export function declareBenchmark(program: Command, declare: Declare): void {
  const bench = program
    .command('bench')
    .description('NeuroBench: score what agents execute, by what comes out')
    .exitOverride();
  declare(
    bench,
    'list',
    'the tasks',
    'neuroclaw bench list --json',
    () => import('../commands/bench-list.js'),
  );
  declare(
    bench,
    'show <task>',
    'what a task asks, what it gives, and how it is verified',
    'neuroclaw bench show dwi.tensor-fit',
    () => import('../commands/bench-show.js'),
  );
  lockFile(
    declare(
      bench,
      'check [task...]',
      'run the controls of tasks: oracle, other tools, null, mutants, adversaries',
      'neuroclaw bench check dwi.tensor-fit --repeat 10\nneuroclaw bench check --seed 4711',
      () => import('../commands/bench-check.js'),
    ),
  )
    .option('--repeat <n>', 'run the oracle so many times', '1')
    .option('--seed <n>', 'another instance of the tasks that have a generator')
    .option('--hostile', 'also the agents that attack the harness')
    .option('--keep <folder>', 'keep what every trial left');
  lockFile(
    declare(
      bench,
      'run',
      'give tasks to agents and score what they leave; a run that was interrupted is continued',
      "neuroclaw bench run --suite public --planner rules --out run1\nneuroclaw bench run --model openai:gpt-5-mini --arm skills,no-skills --trials 5 --out run2\nneuroclaw bench run --command './my-agent {instruction} {inputs} {out}' --out run3",
      () => import('../commands/bench-run.js'),
    ),
  )
    .option('--suite <name>', 'tasks of this split: public, heldout or canary', 'public')
    .option('--task <id...>', 'these tasks alone')
    .option('--planner <name>', 'the product itself: rules')
    .option('--model <provider:name...>', 'language models with the tools of the sandbox')
    .option('--arm <names>', 'skills, no-skills or both, for models', 'skills')
    .option('--command <words>', 'a program of yours, split into words once, no shell')
    .option('--trials <n>', 'trials of each agent on each task', '1')
    .option('--seed <n>', 'seed of the order of trials', '1')
    .option('--instance <n>', 'another instance of the tasks that have a generator: a secret number')
    .option('--parallel <n>', 'trials side by side', '1')
    .requiredOption('-o, --out <folder>', 'folder of the run');
  declare(
    bench,
    'plan <task> <commands>',
    'judge a plan for a task of track P against descriptors and rules; nothing is executed',
    'neuroclaw bench plan dwi.plan-topup-eddy commands.json',
    () => import('../commands/bench-plan.js'),
  );
  lockFile(
    declare(
      bench,
      'grade <run>',
      'verify the stored artefacts of a run anew, with the checks as they are now',
      'neuroclaw bench grade run1',
      () => import('../commands/bench-grade.js'),
    ),
  );
  declare(
    bench,
    'compare <run...>',
    'every two agents of one or more runs, paired on the tasks that both have',
    'neuroclaw bench compare run1 run2',
    () => import('../commands/bench-compare.js'),
  );
  declare(
    bench,
    'report <run>',
    'leaderboard with intervals, families, cost, failures',
    'neuroclaw bench report run2 --html',
    () => import('../commands/bench-report.js'),
  ).option('--html', 'write a page, Markdown and figures into the folder of the run');
}
