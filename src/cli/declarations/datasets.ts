import type { Command } from 'commander';
import type { Declare } from './declare.js';

/** `neuroclaw bids …` */
export function declareDatasets(program: Command, declare: Declare): void {
  const bids = program.command('bids').description('look at a BIDS dataset').exitOverride();
  declare(
    bids,
    'summary <dataset>',
    'what is there, what is missing, what is odd',
    'neuroclaw bids summary ds001',
    () => import('../commands/bids-summary.js'),
  );
  declare(
    bids,
    'validate <dataset>',
    'run the BIDS validator',
    'neuroclaw bids validate ds001 --validator both',
    () => import('../commands/bids-validate.js'),
  ).option('--validator <name>', 'legacy (the default), schema, or both and where they differ');
  declare(
    bids,
    'query <dataset> [entity=value...]',
    'list files by entity, datatype, suffix or extension',
    'neuroclaw bids query ds001 suffix=bold task=rest subject=01',
    () => import('../commands/bids-query.js'),
  );
}
