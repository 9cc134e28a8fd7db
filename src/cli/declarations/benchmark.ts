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
}
