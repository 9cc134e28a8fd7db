import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { execution, ofRun, outFolder } from './option-sets.js';

/** What runs, ran, and came out of it. */
export function declareRuns(program: Command, declare: Declare): void {
  outFolder(
    declare(
      program,
      'adopt [folder]',
      'verify results that are there already (FreeSurfer, fMRIPrep), for plans to use; without a folder, what was adopted',
      'neuroclaw adopt derivatives/freesurfer --out study\nneuroclaw adopt derivatives/fmriprep --as fmriprep --out study --json\nneuroclaw adopt --out study',
      () => import('../commands/adopt.js'),
    ),
  )
    .option(
      '--as <kind>',
      'freesurfer, fmriprep or bids (any derivative dataset); default: what it looks like',
    )
    .option('--name <name>', 'what to call it (default: the name it gives itself)')
    .option('--mixed-versions', 'subjects of several versions of FreeSurfer are wanted side by side')
    .option('--force-unlock', 'take over the lock of a process on another host that is gone');
  outFolder(
    declare(
      program,
      'status [run]',
      'what ran, what runs, what failed',
      'neuroclaw status --out study',
      () => import('../commands/status.js'),
    ),
  );
  outFolder(
    declare(
      program,
      'report [run]',
      'pages to look at: what needs attention, quality, pictures, methods, every command',
      'neuroclaw report --out study',
      () => import('../commands/report.js'),
    ),
  );
  ofRun(
    declare(
      program,
      'methods',
      'methods text with citations, from what ran',
      'neuroclaw methods --out study\nneuroclaw methods --out study --bibtex > tools.bib',
      () => import('../commands/methods.js'),
    ),
  ).option('--bibtex', 'the references as BibTeX instead of the text');
  ofRun(
    declare(
      program,
      'qc',
      'quality numbers of every participant, from the committed results',
      'neuroclaw qc --out study\nneuroclaw qc --out study --tsv > quality.tsv',
      () => import('../commands/qc.js'),
    ),
  ).option('--tsv', 'a table of tab-separated values, one for each stage');
  outFolder(
    declare(
      program,
      'diff <before> <after>',
      'what differs between two runs: data, parameters, environments, programs, numbers',
      'neuroclaw diff --out study 20260131T0830 20260201T0915\nneuroclaw diff study other-study',
      () => import('../commands/diff.js'),
    ),
  );
  execution(
    outFolder(
      declare(
        program,
        'repair [run]',
        'what is known of the failures of a run, and changes of the plan that may mend them',
        'neuroclaw repair --out study\nneuroclaw repair --out study --apply 1',
        () => import('../commands/repair.js'),
      ),
    ).option('--apply <number...>', 'run the plan with these proposals'),
  );
  execution(
    outFolder(
      declare(
        program,
        'resume [run]',
        'continue the last run and do only what is missing',
        'neuroclaw resume --out study',
        () => import('../commands/resume.js'),
      ),
    ),
  );
  outFolder(
    declare(
      program,
      'cancel',
      'stop what runs in an output folder',
      'neuroclaw cancel --out study',
      () => import('../commands/cancel.js'),
    ),
  );
}
