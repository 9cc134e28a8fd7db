import type { AgentUnderTest } from '../bench/trial/agent.js';
import type { TaskEnvironment } from '../bench/sandbox/sandbox.js';
import { loadTasks, type LoadedTasks, type Task } from '../bench/task/load-task.js';
import type { Verifier } from '../bench/verify/verifier.js';
import type { LoadedEnvironment } from '../environments/registry.js';
import type { OpenEnvironment } from '../environments/runtime.js';
import type { RuntimeSet } from '../environments/runtime-set.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { NeuroClaw } from './neuroclaw.js';
import { shippedTasks } from './roots.js';

/** The benchmark over the product's own environments: what its commands and scripts work with. */
export class Benchmark {
  readonly app: NeuroClaw;
  #tasks: Promise<LoadedTasks> | undefined;
  #verifier: Promise<Verifier> | undefined;
  readonly #environments = new Map<string, Promise<TaskEnvironment>>();

  constructor(app: NeuroClaw) {
    this.app = app;
  }

  tasks(): Promise<LoadedTasks> {
    this.#tasks ??= loadTasks([shippedTasks]);
    return this.#tasks;
  }

  /** The sandbox in which artefacts are verified, opened once. */
  verifier(): Promise<Verifier> {
    this.#verifier ??= import('../bench/verify/verifier.js').then(({ openVerifier }) => openVerifier());
    return this.#verifier;
  }

  /** Opens the environments of a task, each once. Throws preflight.environment where one is not available here. */
  environmentsOf(task: Task): Promise<TaskEnvironment[]> {
    return Promise.all(
      task.environments.map((name) => {
        const known = this.#environments.get(name);
        if (known !== undefined) return known;
        const opening = this.#open(name);
        this.#environments.set(name, opening);
        opening.catch(() => this.#environments.delete(name));
        return opening;
      }),
    );
  }

  async #open(name: string): Promise<TaskEnvironment> {
    const [{ environments }, runtimes] = await Promise.all([this.app.environments(), this.app.runtimes()]);
    const environment = environments.get(name);
    if (environment === undefined)
      throw new NeuroClawError('environment.unknown', `there is no environment ${name}`);
    const open = await openSandboxed(environment, runtimes);
    if (open === undefined)
      throw new NeuroClawError(
        'preflight.environment',
        `${name} would run without a sandbox: an agent under test needs one`,
        {
          hint: `start a container engine and \`neuroclaw env lock ${name}\`, or \`apt install bubblewrap\``,
        },
      );
    return { name, executables: environment.executables, open };
  }

  /** The product under test, planning by rules. */
  async rules(): Promise<AgentUnderTest> {
    return (await import('./product-agent.js')).rulesAgent(this.app);
  }

  /** A language model with the tools of the sandbox, with skills to read or without. */
  async model(name: string, arm: string): Promise<AgentUnderTest> {
    const [{ modelOf }, { modelAgent }, { noSkills, skillLibrary }, { skills }] = await Promise.all([
      import('./model.js'),
      import('../bench/agents/model-agent.js'),
      import('../bench/agents/skill-library.js'),
      this.app.skills(),
    ]);
    const settings = { ...this.app.settings.values, model: name };
    const model = await modelOf(settings, await this.app.policy(), () => Promise.resolve(false));
    if (model === undefined) throw new NeuroClawError('usage.arguments', 'no model is named');
    return modelAgent({
      model,
      provider: name.split(':')[0] ?? name,
      arm,
      skills: (environments) =>
        arm === 'no-skills' ? noSkills : skillLibrary(skills.values(), environments),
      prices: await this.app.prices(),
    });
  }
}

/** Runtimes that hold an agent off this machine, the strictest first: what is embedded in the product does not. */
const SANDBOXES = ['docker', 'venv', 'host'] as const;

/**
 * Opens an environment by the first runtime that works here and is a sandbox; undefined where none is. Throws what the
 * first one said where none works at all.
 */
async function openSandboxed(
  environment: LoadedEnvironment,
  runtimes: RuntimeSet,
): Promise<OpenEnvironment | undefined> {
  let failure: NeuroClawError | undefined;
  let opened = false;
  for (const prefer of SANDBOXES) {
    if (environment.runtimes[prefer] === undefined) continue;
    try {
      const open = await runtimes.open(environment, { prefer });
      if (prefer === 'docker' || open.identity.details['isolation'] === 'bubblewrap') return open;
      opened = true;
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      failure ??= error;
    }
  }
  if (!opened && failure !== undefined) throw failure;
  return undefined;
}
