import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { execution, planning } from './option-sets.js';

/** From a wish to a plan and its run. */
export function declarePlans(program: Command, declare: Declare): void {
  declare(
    program,
    'demo [folder]',
    'write a small dataset with a known truth and run the main job on it',
    'neuroclaw demo\nneuroclaw demo /tmp/neuroclaw-demo',
    () => import('../commands/demo.js'),
  );

  planning(
    declare(
      program,
      'plan <request>',
      'turn a wish into a plan and show its jobs',
      'neuroclaw plan "convert these DICOMs to BIDS and check them" --data dicom --out study',
      () => import('../commands/plan.js'),
    ),
  ).option('-s, --save <file>', 'where to write the plan (default: OUT/plan.json)');

  execution(
    planning(
      declare(
        program,
        'run <plan>',
        'run a plan file, or a wish in words',
        'neuroclaw run study/plan.json\nneuroclaw run "clean the BOLD runs" --data bids --out study --yes',
        () => import('../commands/run.js'),
      ),
    ),
  );

  planning(
    declare(
      program,
      'explain [plan] [participant]',
      'say for each job why it would run, or why not; or what became of a participant',
      'neuroclaw explain --out study --set smoothing_fwhm_mm=8\nneuroclaw explain --out study --set tractogram.select=10000\nneuroclaw explain --out study sub-03',
      () => import('../commands/explain.js'),
    ),
  );
}
