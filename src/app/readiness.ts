import type { LoadedEnvironment } from '../environments/registry.js';
import { holds } from '../planning/compile/holds.js';
import type { Pipeline, PipelineStep } from '../planning/pipeline.js';
import { parseCondition } from '../planning/references.js';
import type { Skill } from '../skills/skill.js';

/** Whether an environment can be entered here, and else why not. */
export type EnvironmentState =
  | { readonly usable: true; readonly runtime: string; readonly digest: string }
  | { readonly usable: false; readonly code: string; readonly reason: string; readonly remedy: string };

/** What this machine has, as far as pipelines depend on it. */
export interface MachineState {
  /** The container engine, or why none is used. */
  readonly engine:
    | { readonly usable: true; readonly name: string; readonly version: string; readonly gpu: boolean }
    | { readonly usable: false; readonly code: string; readonly reason: string };
  /** Programs that a missing engine is told apart by: installed and not started, or not there. */
  readonly dockerOnPath: boolean;
  /** An NVIDIA driver is loaded. */
  readonly gpuDriver: boolean;
  readonly environments: ReadonlyMap<string, EnvironmentState>;
  /** What is wrong with licence files, by name of the licence; nothing where they are fine. */
  readonly licenses: ReadonlyMap<string, string>;
}

export interface Lack {
  readonly kind: 'environment' | 'licence' | 'gpu' | 'skill';
  readonly name: string;
  readonly reason: string;
}

export interface Readiness {
  readonly pipeline: string;
  readonly ready: boolean;
  /** What its steps need and this machine lacks, with its parameters as they are by default. */
  readonly missing: readonly Lack[];
  /** What more it could do. */
  readonly optional: readonly Lack[];
  /** The next command to give; undefined where it is ready, or no command helps. */
  readonly command?: string;
  /** What the command does not say: what to read, what to wait for. */
  readonly note?: string;
}

export interface Installed {
  readonly environments: ReadonlyMap<string, LoadedEnvironment>;
  readonly skills: ReadonlyMap<string, Skill>;
  readonly capabilities: ReadonlyMap<string, { readonly prefer?: readonly string[] | undefined }>;
}

/** What a pipeline lacks here, and the one command that comes next. */
export function readinessOf(pipeline: Pipeline, machine: MachineState, installed: Installed): Readiness {
  const defaults = Object.fromEntries(
    Object.entries(pipeline.parameters).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  const asNothing = {
    parameters: defaults,
    items: new Map<string, never>(),
    fixed: new Map<string, never>(),
  };
  const missing = new Map<string, Lack>();
  const optional = new Map<string, Lack>();
  // Where there is a choice, what other steps need anyway is chosen.
  const fixedFirst = [...pipeline.steps].sort(
    (a, b) => Number(a.skill === undefined) - Number(b.skill === undefined),
  );
  for (const step of fixedFirst) {
    const needed =
      step.when === undefined || (!asksFacts(step.when) && holds(step.when, undefined, asNothing));
    for (const lack of lacksOf(step, machine, installed, missing))
      (needed ? missing : optional).set(`${lack.kind} ${lack.name}`, lack);
  }
  for (const key of missing.keys()) optional.delete(key);
  const lacks = [...missing.values()];
  return {
    pipeline: pipeline.id,
    ready: lacks.length === 0,
    missing: lacks,
    optional: [...optional.values()],
    ...(lacks.length === 0 ? {} : remedy(lacks, machine, installed)),
  };
}

/** Facts are of the data: such a step runs for some data only. */
function asksFacts(when: string): boolean {
  return parseCondition(when)
    .flat()
    .some((condition) => 'fact' in condition || 'has' in condition);
}

/**
 * Nothing where one of the skills that can serve a step can run; else what the one lacks that asks for least beyond what
 * is missing anyway, the preferred one of several.
 */
function lacksOf(
  step: PipelineStep,
  machine: MachineState,
  installed: Installed,
  missing: ReadonlyMap<string, Lack>,
): Lack[] {
  const all = candidates(step, installed).map((skill) => lacksOfSkill(skill, machine, installed));
  if (all.length === 0) {
    const name = step.skill ?? step.capability ?? step.id;
    return [{ kind: 'skill', name, reason: `there is no skill ${name}` }];
  }
  const cost = (lacks: readonly Lack[]): number =>
    lacks.filter(({ kind, name }) => !missing.has(`${kind} ${name}`)).length;
  return all.reduce((best, lacks) => (cost(lacks) < cost(best) ? lacks : best));
}

function candidates(step: PipelineStep, { skills, capabilities }: Installed): Skill[] {
  if (step.skill !== undefined) return [skills.get(step.skill) ?? []].flat();
  const { capability = '' } = step;
  const providers = [...skills.values()].filter(({ contract }) => capability in contract.provides);
  const order = step.prefer ?? capabilities.get(capability)?.prefer ?? [];
  const rank = ({ id }: Skill): number => (order.includes(id) ? order.indexOf(id) : order.length);
  return providers.sort((a, b) => rank(a) - rank(b));
}

function lacksOfSkill({ id, contract }: Skill, machine: MachineState, { environments }: Installed): Lack[] {
  const lacks: Lack[] = [];
  const state = machine.environments.get(contract.environment);
  if (state?.usable !== true && !hasStandIn(contract, machine, environments))
    lacks.push({
      kind: 'environment',
      name: contract.environment,
      reason: state?.reason ?? `there is no environment ${contract.environment}`,
    });
  const problem = machine.licenses.get(contract.license);
  if (problem !== undefined) lacks.push({ kind: 'licence', name: contract.license, reason: problem });
  if (contract.resources.gpu === 'required' && !(machine.engine.usable && machine.engine.gpu))
    lacks.push({ kind: 'gpu', name: id, reason: 'no GPU is offered to containers' });
  return lacks;
}

/** Another environment that may take the place and has what the skill needs. */
function hasStandIn(
  { environment, python, executables }: Skill['contract'],
  machine: MachineState,
  environments: Installed['environments'],
): boolean {
  return [...environments.values()].some(
    (other) =>
      other.stands_in_for.includes(environment) &&
      machine.environments.get(other.name)?.usable === true &&
      python.every((name) => other.python.includes(name)) &&
      executables.every((name) => other.executables.includes(name)),
  );
}

/** The next command: an engine first, then what is entered by it, then licences and GPUs. */
function remedy(
  lacks: readonly Lack[],
  { engine, dockerOnPath, gpuDriver }: MachineState,
  { environments }: Installed,
): Pick<Readiness, 'command' | 'note'> {
  const wanted = lacks
    .flatMap(({ kind, name }) => (kind === 'environment' ? [environments.get(name) ?? []] : []))
    .flat();
  if (wanted.length > 0) {
    const names = wanted.map(({ name }) => name).join(' ');
    if (!engine.usable) {
      // What can be had without an engine is had without one.
      if (wanted.every(({ runtimes }) => runtimes.venv !== undefined))
        return { command: `neuroclaw env lock ${names} --runtime venv` };
      if (engine.code === 'preflight.engine-permission')
        return { command: 'sudo usermod -aG docker $USER', note: 'then log out and in again' };
      return dockerOnPath
        ? { command: 'sudo systemctl start docker', note: 'Docker is installed and does not answer' }
        : { command: 'neuroclaw env install docker', note: 'then log out and in again' };
    }
    const terms = wanted.flatMap((one) => one.terms ?? []);
    const accept = terms.map(({ name }) => ` --accept ${name}`).join('');
    return {
      command: `neuroclaw env lock ${names}${accept}`,
      ...(terms.length === 0 ? {} : { note: `read ${terms.map(({ url }) => url).join(' and ')} first` }),
    };
  }
  if (lacks.some(({ kind }) => kind === 'licence'))
    return {
      command: 'export FS_LICENSE=/path/to/license.txt',
      note: 'the file is free: https://surfer.nmr.mgh.harvard.edu/registration.html',
    };
  if (lacks.some(({ kind }) => kind === 'gpu'))
    return gpuDriver
      ? { command: 'neuroclaw env install nvidia-container-toolkit' }
      : { note: 'no NVIDIA driver is loaded here: choose a step without a GPU, or another machine' };
  return {};
}
