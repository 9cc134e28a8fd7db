import { Option, type Command } from 'commander';
import type { Declare } from './declare.js';
import { collect, execution, outFolder } from './option-sets.js';

/** `neuroclaw export …` and `reproduce`: what leaves the output folder, and how it is run again. */
export function declareExports(program: Command, declare: Declare): void {
  const group = program
    .command('export')
    .description('what can be given away of a run: no path, name or secret is in it')
    .exitOverride();
  outFolder(
    declare(
      group,
      'crate [run]',
      'the run as a Workflow Run RO-Crate: plan, tools, every action, results',
      'neuroclaw export crate --out study --to crate --license https://spdx.org/licenses/CC-BY-4.0',
      () => import('../commands/export-crate.js'),
    ),
  )
    .option('--to <folder>', 'a new or empty folder')
    .option('--no-results', 'leave the results out; they are named by their SHA-256')
    .option('--license <url>', 'what the results may be used for (default: what the dataset says)');
  outFolder(
    declare(
      group,
      'methods [run]',
      'the methods text as Markdown, and its references as BibTeX',
      'neuroclaw export methods --out study --to paper',
      () => import('../commands/export-methods.js'),
    ),
  ).option('--to <folder>', 'folder for methods.md and references.bib');
  outFolder(
    declare(
      group,
      'script [run]',
      'a POSIX script that runs a finished run again elsewhere',
      'neuroclaw export script --out study --to reproduce.sh',
      () => import('../commands/export-script.js'),
    ),
  ).option('--to <file>', 'where to write it (default: stdout)');
  execution(
    outFolder(
      declare(
        program,
        'reproduce <record>',
        'run again what reproduce.sh holds, and compare the keys',
        'sh reproduce.sh DATA',
        () => import('../commands/reproduce.js'),
      ),
    )
      .option('-d, --data <folder>', 'the data of the run')
      .addOption(
        new Option('--place <name=path...>', 'another file or folder that the run used').argParser(collect),
      ),
  );
}
