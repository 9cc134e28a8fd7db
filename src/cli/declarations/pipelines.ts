import type { Command } from 'commander';
import type { Declare } from './declare.js';

/** `neuroclaw pipelines …` */
export function declarePipelines(program: Command, declare: Declare): void {
  const pipelines = program
    .command('pipelines')
    .description('named templates of work over data')
    .exitOverride();
  declare(
    pipelines,
    'list',
    'every pipeline with its agent, presets and capabilities',
    'neuroclaw pipelines list',
    () => import('../commands/pipelines-list.js'),
  );
  declare(
    pipelines,
    'show <pipeline>',
    'inputs, parameters with units, presets, steps and quality numbers of one pipeline',
    'neuroclaw pipelines show functional/clean',
    () => import('../commands/pipelines-show.js'),
  );
}
