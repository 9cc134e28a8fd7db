import { Option, type Command } from 'commander';

/** What says how a plan is executed. */
export function execution(command: Command): Command {
  return command
    .option('-y, --yes', 'approve every stage without asking')
    .option('--cpus <n>', 'cpus that jobs may use together')
    .option('--memory <mb>', 'memory in MB that jobs may use together')
    .option('--allow-host', 'run tools found on PATH when no container is available')
    .option('--lock <file>', 'lock file of container environments (default: neuroclaw.lock.json here)')
    .option('--link', 'hard-link results into the dataset instead of copying')
    .option('--runtime <name>', 'prefer embedded, docker, venv or host where there is a choice')
    .option('--force-unlock', 'take over the lock of a process on another host that is gone');
}

/** What says which plan is made of a wish. */
export function planning(command: Command): Command {
  return command
    .option('-d, --data <folder>', 'BIDS dataset or folder of DICOMs')
    .option('-o, --out <folder>', 'output folder')
    .option('-p, --participant <label...>', 'only these participants')
    .option('--session <label>', 'session label for converted DICOMs')
    .option('--map <file>', 'YAML or JSON that names DICOM series as BIDS files')
    .option('--preset <name>', 'precise (the defaults), or another preset of the pipelines, such as testing')
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
}

export function outFolder(command: Command): Command {
  return command.option('-o, --out <folder>', 'output folder (default: the one you stand in)');
}

export function ofRun(command: Command): Command {
  return outFolder(command).option('--run <run>', 'a run of the folder (default: the last)');
}

export function lockFile(command: Command): Command {
  return command.option('--lock <file>', 'lock file (default: neuroclaw.lock.json here)');
}

/** For options that are given more than once. */
export function collect(value: string, previous: unknown): string[] {
  return [...(Array.isArray(previous) ? (previous as string[]) : []), value];
}
