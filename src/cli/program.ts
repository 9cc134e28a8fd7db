import { Command, type CommanderError } from 'commander';
import { NeuroClawError } from '../kernel/errors.js';
import { declareConversations } from './declarations/conversations.js';
import { declareDatasets } from './declarations/datasets.js';
import { declaring, type Dispatch } from './declarations/declare.js';
import { declareEnvironments } from './declarations/environments.js';
import { declareExports } from './declarations/exports.js';
import { declareMachine } from './declarations/machine.js';
import { declarePipelines } from './declarations/pipelines.js';
import { declarePlans } from './declarations/plans.js';
import { declareRuns } from './declarations/runs.js';
import { declareSkills } from './declarations/skills.js';
import { declareBenchmark } from './declarations/benchmark.js';
import { declareTraces } from './declarations/traces.js';

/** In the order of `--help`. */
const groups = [
  declarePlans,
  declareConversations,
  declareRuns,
  declareEnvironments,
  declareTraces,
  declareBenchmark,
  declareExports,
  declareSkills,
  declarePipelines,
  declareDatasets,
  declareMachine,
];

/** The whole command line: help, completion and the reference are read off it. */
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

  const declare = declaring(dispatch);
  for (const group of groups) group(program, declare);
  program.addHelpText(
    'after',
    '\nExamples:\n  neuroclaw demo\n  neuroclaw plan "convert these DICOMs to BIDS and check them" --data dicom --out study\n  neuroclaw run study/plan.json\n  neuroclaw status --out study',
  );
  return program;
}

/** A mistake on the command line as an error of the table; undefined for help and version, which are no mistakes. */
export function usageError(error: CommanderError): NeuroClawError | undefined {
  if (error.exitCode === 0) return undefined;
  return new NeuroClawError('usage.arguments', error.message.replace(/^error: /, ''));
}
