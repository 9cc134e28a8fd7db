import { Command, Option, type CommanderError } from 'commander';
import { NeuroClawError } from '../kernel/errors.js';
import type { CommandContext } from './context.js';

type Handler = (context: CommandContext, args: string[], options: Record<string, unknown>) => Promise<number>;

/** Loads a command only when it is called: `--help` and `--version` stay quick. */
export type CommandLoader = () => Promise<{ run: Handler }>;

export type Dispatch = (
  load: CommandLoader,
  args: string[],
  options: Record<string, unknown>,
) => Promise<void>;

/** The whole command line, declared in one place: help, completion and the reference are read off it. */
export function buildProgram(version: string, dispatch: Dispatch): Command {
  const program = new Command('neuroclaw')
    .description(
      'Executable, reproducible neuroimaging: say what you want to know, see the plan, trust the result.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--color <when>', 'auto, always or never')
    .showHelpAfterError('(see --help)')
    .enablePositionalOptions()
    .exitOverride();

  const add = (
    parent: Command,
    usage: string,
    about: string,
    example: string,
    load: CommandLoader,
  ): Command => {
    const command = parent
      .command(usage)
      .description(about)
      .option('--json', 'print JSON on stdout, text for people on stderr')
      .helpOption('-h, --help', 'print help')
      .addHelpText('after', `\nExample:\n  ${example.split('\n').join('\n  ')}`)
      .exitOverride();
    command.action(async (...all: unknown[]) => {
      const self = all.at(-1) as Command;
      const args = all
        .slice(0, -2)
        .flatMap((arg) => (Array.isArray(arg) ? arg.map(String) : arg === undefined ? [] : [String(arg)]));
      await dispatch(load, args, self.optsWithGlobals());
    });
    return command;
  };

  const execution = (command: Command): Command =>
    command
      .option('-y, --yes', 'approve every stage without asking')
      .option('--cpus <n>', 'cpus that jobs may use together')
      .option('--memory <mb>', 'memory in MB that jobs may use together')
      .option('--allow-host', 'run tools found on PATH when no container is available')
      .option('--lock <file>', 'lock file of container environments (default: neuroclaw.lock.json here)')
      .option('--link', 'hard-link results into the dataset instead of copying')
      .option('--runtime <name>', 'prefer embedded, docker, venv or host where there is a choice')
      .option('--force-unlock', 'take over the lock of a process on another host that is gone');

  const planning = (command: Command): Command =>
    command
      .option('-d, --data <folder>', 'BIDS dataset or folder of DICOMs')
      .option('-o, --out <folder>', 'output folder')
      .option('-p, --participant <label...>', 'only these participants')
      .option('--session <label>', 'session label for converted DICOMs')
      .option('--map <file>', 'YAML or JSON that names DICOM series as BIDS files')
      .option(
        '--preset <name>',
        'precise (the defaults), or another preset of the pipelines, such as testing',
      )
      .addOption(
        new Option('--use <capability=skill...>', 'choose the skill that serves a capability').argParser(
          collect,
        ),
      )
      .addOption(
        new Option(
          '--input <name=path...>',
          'a file that a pipeline asks for (a template), or a derivative dataset',
        ).argParser(collect),
      )
      .addOption(new Option('--set <name=value...>', 'set a parameter of the pipeline').argParser(collect))
      .option('--no-pictures', 'leave out the steps that only draw pictures for the report');

  add(
    program,
    'demo [folder]',
    'write a small dataset with a known truth and run the main job on it',
    'neuroclaw demo\nneuroclaw demo /tmp/neuroclaw-demo',
    () => import('./commands/demo.js'),
  );

  planning(
    add(
      program,
      'plan <request>',
      'turn a wish into a plan and show its jobs',
      'neuroclaw plan "convert these DICOMs to BIDS and check them" --data dicom --out study',
      () => import('./commands/plan.js'),
    ),
  ).option('-s, --save <file>', 'where to write the plan (default: OUT/plan.json)');

  execution(
    planning(
      add(
        program,
        'run <plan>',
        'run a plan file, or a wish in words',
        'neuroclaw run study/plan.json\nneuroclaw run "clean the BOLD runs" --data bids --out study --yes',
        () => import('./commands/run.js'),
      ),
    ),
  );

  const out = (command: Command): Command =>
    command.option('-o, --out <folder>', 'output folder (default: the one you stand in)');

  out(
    add(
      program,
      'status [run]',
      'what ran, what runs, what failed',
      'neuroclaw status --out study',
      () => import('./commands/status.js'),
    ),
  );
  const ofRun = (command: Command): Command =>
    out(command).option('--run <run>', 'a run of the folder (default: the last)');
  ofRun(
    add(
      program,
      'methods',
      'methods text with citations, from what ran',
      'neuroclaw methods --out study\nneuroclaw methods --out study --bibtex > tools.bib',
      () => import('./commands/methods.js'),
    ),
  ).option('--bibtex', 'the references as BibTeX instead of the text');
  ofRun(
    add(
      program,
      'qc',
      'quality numbers of every participant, from the committed results',
      'neuroclaw qc --out study\nneuroclaw qc --out study --tsv > quality.tsv',
      () => import('./commands/qc.js'),
    ),
  ).option('--tsv', 'a table of tab-separated values, one for each stage');
  planning(
    add(
      program,
      'explain [plan]',
      'say for each job why it would run, or why not',
      'neuroclaw explain --out study --set smoothing_fwhm_mm=8',
      () => import('./commands/explain.js'),
    ),
  );
  execution(
    out(
      add(
        program,
        'resume [run]',
        'continue the last run and do only what is missing',
        'neuroclaw resume --out study',
        () => import('./commands/resume.js'),
      ),
    ),
  );
  out(
    add(
      program,
      'cancel',
      'stop what runs in an output folder',
      'neuroclaw cancel --out study',
      () => import('./commands/cancel.js'),
    ),
  );

  const environments = program.command('env').description('pinned environments in containers').exitOverride();
  const locked = (command: Command): Command =>
    command.option('--lock <file>', 'lock file (default: neuroclaw.lock.json here)');
  locked(
    add(
      environments,
      'lock <name...>',
      'pull or build images or Python environments, try their tools, and write the lock file',
      'neuroclaw env lock mrtrix3 dcm2niix\nneuroclaw env lock python-neuro --runtime venv',
      () => import('./commands/env-lock.js'),
    ),
  )
    .option('--rebuild', 'build again although an image of the same recipe is there')
    .option('--runtime <name>', 'docker or venv, for environments that can be locked in both ways');
  locked(
    add(
      environments,
      'list',
      'environments, what they offer, whether they are locked',
      'neuroclaw env list',
      () => import('./commands/env-list.js'),
    ),
  );
  locked(
    add(
      environments,
      'show <name>',
      'digest, packages and versions of a locked environment',
      'neuroclaw env show mrtrix3',
      () => import('./commands/env-show.js'),
    ),
  );
  locked(
    add(
      environments,
      'verify [name...]',
      'compare the lock with the images that are here',
      'neuroclaw env verify',
      () => import('./commands/env-verify.js'),
    ),
  );
  locked(
    add(
      environments,
      'remove <name>',
      'forget a locked environment and remove its image',
      'neuroclaw env remove mrtrix3',
      () => import('./commands/env-remove.js'),
    ),
  );

  const trace = program.command('trace').description('the hash-chained record of a run').exitOverride();
  out(
    add(
      trace,
      'verify [run]',
      'find any edited, dropped, reordered or duplicated line',
      'neuroclaw trace verify --out study',
      () => import('./commands/trace-verify.js'),
    ),
  ).option('--heads <file>', 'a further file of heads kept elsewhere');
  out(
    add(
      trace,
      'show [run]',
      'tell the story of a run',
      'neuroclaw trace show --out study',
      () => import('./commands/trace-show.js'),
    ),
  );

  const skills = program.command('skills').description('tools with a typed contract').exitOverride();
  add(
    skills,
    'list',
    'every skill with its capabilities and evidence',
    'neuroclaw skills list --family mrtrix3 --evidence executed\nneuroclaw skills list --capability brain-extraction --json',
    () => import('./commands/skills-list.js'),
  )
    .option('--family <name>', 'only skills of this family')
    .option('--evidence <level>', 'only skills that are executed, command or declared')
    .option('--capability <name>', 'only skills that provide this');
  add(
    skills,
    'show <skill>',
    'contract, parameters and advice of one skill',
    'neuroclaw skills show niimath/smooth',
    () => import('./commands/skills-show.js'),
  );
  add(
    skills,
    'add <descriptor>',
    'turn a Boutiques descriptor into a skill of your own',
    'neuroclaw skills add bet.json --to ~/lab-skills --family lab\nneuroclaw skills add tool.json --set inputs.image.kind=nifti --set outputs.mask.same_grid=image',
    () => import('./commands/skills-add.js'),
  )
    .option('--to <folder>', 'folder of skills (default: the first of NEUROCLAW_SKILLS)')
    .option('--family <name>', 'family of the skill (default: lab)')
    .option('--name <name>', 'name of the skill (default: that of the descriptor)')
    .addOption(
      new Option('--set <key=value...>', 'answer a question that the descriptor leaves open').argParser(
        collect,
      ),
    );
  add(
    skills,
    'check [folder]',
    'lint every skill, or those of a folder of your own',
    'neuroclaw skills check ~/lab-skills',
    () => import('./commands/skills-check.js'),
  );

  const pipelines = program
    .command('pipelines')
    .description('named templates of work over data')
    .exitOverride();
  add(
    pipelines,
    'list',
    'every pipeline with its agent, presets and capabilities',
    'neuroclaw pipelines list',
    () => import('./commands/pipelines-list.js'),
  );
  add(
    pipelines,
    'show <pipeline>',
    'inputs, parameters with units, presets, steps and quality numbers of one pipeline',
    'neuroclaw pipelines show functional/clean',
    () => import('./commands/pipelines-show.js'),
  );

  const bids = program.command('bids').description('look at a BIDS dataset').exitOverride();
  add(
    bids,
    'summary <dataset>',
    'what is there, what is missing, what is odd',
    'neuroclaw bids summary ds001',
    () => import('./commands/bids-summary.js'),
  );
  add(
    bids,
    'validate <dataset>',
    'run the BIDS validator',
    'neuroclaw bids validate ds001 --validator both',
    () => import('./commands/bids-validate.js'),
  ).option('--validator <name>', 'legacy (the default), schema, or both and where they differ');
  add(
    bids,
    'query <dataset> [entity=value...]',
    'list files by entity, datatype, suffix or extension',
    'neuroclaw bids query ds001 suffix=bold task=rest subject=01',
    () => import('./commands/bids-query.js'),
  );

  add(
    program,
    'doctor',
    'what this machine can run, what it lacks, what to do',
    'neuroclaw doctor',
    () => import('./commands/doctor.js'),
  );
  add(
    program,
    'completion <shell>',
    'print a completion script for bash, zsh or fish',
    'neuroclaw completion bash > ~/.local/share/bash-completion/completions/neuroclaw',
    () => import('./commands/completion.js'),
  );
  program.addHelpText(
    'after',
    '\nExamples:\n  neuroclaw demo\n  neuroclaw plan "convert these DICOMs to BIDS and check them" --data dicom --out study\n  neuroclaw run study/plan.json\n  neuroclaw status --out study',
  );
  return program;
}

function collect(value: string, previous: unknown): string[] {
  return [...(Array.isArray(previous) ? (previous as string[]) : []), value];
}

/** A mistake on the command line as an error of the table; undefined for help and version, which are no mistakes. */
export function usageError(error: CommanderError): NeuroClawError | undefined {
  if (error.exitCode === 0) return undefined;
  return new NeuroClawError('usage.arguments', error.message.replace(/^error: /, ''));
}
