import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { outFolder } from './option-sets.js';

/** `neuroclaw trace …` */
export function declareTraces(program: Command, declare: Declare): void {
  const trace = program.command('trace').description('the hash-chained record of a run').exitOverride();
  outFolder(
    declare(
      trace,
      'verify [run]',
      'find any edited, dropped, reordered or duplicated line',
      'neuroclaw trace verify --out study',
      () => import('../commands/trace-verify.js'),
    ),
  ).option('--heads <file>', 'a further file of heads kept elsewhere');
  outFolder(
    declare(
      trace,
      'show [run]',
      'tell the story of a run',
      'neuroclaw trace show --out study',
      () => import('../commands/trace-show.js'),
    ),
  );
}
