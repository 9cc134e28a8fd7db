import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { processEnvironment } from '../config/environment.js';
import { secretsOf } from '../config/secrets.js';
import type { Model } from '../agents/model.js';
import type { LoadedAgents } from '../agents/orchestrators/load-agents.js';
import type { Prices } from '../agents/prices.js';
import type { Sharing } from '../agents/safety/privacy.js';
import type { LoadedSettings } from '../config/settings.js';
import type { EngineWorld } from '../engine/session.js';
import type { RuntimeName } from '../environments/environment.js';
import { engineHosts } from '../environments/runtimes/docker/hosts.js';
import type { EnvironmentRegistry } from '../environments/registry.js';
import type { RuntimeSet } from '../environments/runtime-set.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { EnvironmentState } from '../planning/compile/choose-providers.js';
import type { CompiledStage } from '../planning/job.js';
import type { LoadedPipelines } from '../planning/load-pipelines.js';
import type { Plan } from '../planning/plan.js';
import type { Policy } from '../planning/policy.js';
import type { SkillRegistry } from '../skills/registry.js';
import type { IndexFile } from '../skills/skill-index.js';
import { budgetsOf } from './budgets.js';
import { Datasets } from './datasets.js';
import { lazyDockerDriver } from './lazy-docker-driver.js';
import { shippedAgents, shippedEnvironments, shippedIndex, shippedSkills } from './roots.js';

/**
 * The composition root: joins ports and adapters, loads each part when it is first needed, and closes what it opened.
 * Everything a command or a script does goes through one of these.
 */
export class NeuroClaw {
  readonly settings: LoadedSettings;
  readonly version: string;
  readonly datasets = new Datasets();
  #skills: Promise<SkillRegistry> | undefined;
  #pipelines: Promise<LoadedPipelines> | undefined;
  #agents: Promise<LoadedAgents> | undefined;
  #environments: Promise<EnvironmentRegistry> | undefined;
  #runtimes: Promise<RuntimeSet> | undefined;
  #model: Promise<Model | undefined> | undefined;
  readonly #states = new Map<string, Promise<EnvironmentState>>();

  readonly #runtimeOf: ReadonlyMap<string, RuntimeName>;

  /** @param runtimeOf runtime of single environments by name, before the one of the settings */
  constructor(
    settings: LoadedSettings,
    version: string,
    runtimeOf: ReadonlyMap<string, RuntimeName> = new Map(),
  ) {
    this.settings = settings;
    this.version = version;
    this.#runtimeOf = runtimeOf;
  }

  #preferred(environment: string): RuntimeName | undefined {
    return this.#runtimeOf.get(environment) ?? this.settings.values.runtime;
  }

  skills(): Promise<SkillRegistry> {
    this.#skills ??= this.#loadSkills(shippedIndex);
    return this.#skills;
  }

  /** The skills as their files say, whatever the index holds: for checking them. */
  skillsOfFiles(): Promise<SkillRegistry> {
    return this.#loadSkills();
  }

  async #loadSkills(index?: IndexFile): Promise<SkillRegistry> {
    const { loadSkills } = await import('../skills/registry.js');
    const roots = [shippedSkills, ...this.settings.values.skills];
    return loadSkills(roots, roots, index);
  }

  pipelines(): Promise<LoadedPipelines> {
    this.#pipelines ??= import('../planning/load-pipelines.js').then(({ loadPipelines }) =>
      loadPipelines([shippedAgents, ...this.settings.values.agents]),
    );
    return this.#pipelines;
  }

  /** Agents of the product and of the person's own folders. */
  agents(): Promise<LoadedAgents> {
    this.#agents ??= import('../agents/orchestrators/load-agents.js').then(({ loadAgents }) =>
      loadAgents([shippedAgents, ...this.settings.values.agents]),
    );
    return this.#agents;
  }

  environments(): Promise<EnvironmentRegistry> {
    this.#environments ??= import('../environments/registry.js').then(({ loadEnvironments }) =>
      loadEnvironments([shippedEnvironments, ...this.settings.values.environments]),
    );
    return this.#environments;
  }

  runtimes(): Promise<RuntimeSet> {
    const { allowHost, cpus: limit, lock, cache } = this.settings.values;
    this.#runtimes ??= Promise.all([
      import('../environments/runtime-set.js'),
      import('../environments/runtimes/venv/venv-driver.js'),
    ]).then(([{ createRuntimes }, { createVenvDriver }]) =>
      createRuntimes({
        allowHost,
        workers: limit ?? cpus().length,
        drivers: [lazyDockerDriver({ lock, hosts: this.engineHosts() }), createVenvDriver({ lock, cache })],
      }),
    );
    return this.#runtimes;
  }

  /** Where a container engine may listen on this machine. */
  engineHosts(): readonly string[] {
    const { dockerHost, runtimeDir } = this.settings.values;
    return engineHosts(dockerHost, runtimeDir);
  }

  /** The user's own file of trace heads, outside every output folder. */
  get userHeads(): string {
    return join(this.settings.values.state, 'heads.jsonl');
  }

  /** What must stand in no trace, report or export. */
  secrets(): string[] {
    return secretsOf(processEnvironment(), this.settings.values.freesurferLicense);
  }

  async compile(plan: Plan, stage: string): Promise<CompiledStage> {
    const [{ compileStage }, skills, { pipelines }] = await Promise.all([
      import('../planning/compile-stage.js'),
      this.skills(),
      this.pipelines(),
    ]);
    // What a stage works on may have been published a moment ago.
    if (plan.stages.some(({ id, data }) => id === stage && 'stage' in data)) this.datasets.forget();
    const compiled = await compileStage(plan, stage, {
      skills,
      pipelines,
      datasets: this.datasets,
      environments: (name) => this.environmentState(name),
    });
    const { licenseNotices } = await import('./license-notices.js');
    const notices = await licenseNotices(compiled, skills.skills, this.settings.values.freesurferLicense);
    return notices.length === 0 ? compiled : { ...compiled, findings: [...compiled.findings, ...notices] };
  }

  /** Whether the tools of an environment can run here, by opening it; asked once for each. */
  environmentState(name: string): Promise<EnvironmentState> {
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const asking = this.#ask(name);
    this.#states.set(name, asking);
    return asking;
  }

  async #ask(name: string): Promise<EnvironmentState> {
    const [{ environments }, runtimes] = await Promise.all([this.environments(), this.runtimes()]);
    const environment = environments.get(name);
    if (environment === undefined) return { available: false, reason: `there is no environment ${name}` };
    const prefer = this.#preferred(name);
    const offered = prefer !== undefined && environment.runtimes[prefer] !== undefined;
    try {
      await runtimes.open(environment, offered ? { prefer } : {});
      return { available: true };
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      return { available: false, reason: error.message, remedy: error.hint };
    }
  }

  /** The policy file that is set, or the secure defaults where there is none. */
  async policy(): Promise<Policy> {
    const { loadPolicy } = await import('./load-policy.js');
    return loadPolicy(this.settings.values.policy, this.settings.sources.policy !== 'default');
  }

  /**
   * The language model of the settings, opened once; undefined: rules plan. It is loaded at its first question. Throws
   * policy.denied where the policy denies the model, or asks about it and nobody says yes.
   */
  model(
    approve: (model: string) => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<Model | undefined> {
    this.#model ??= import('./model.js').then(async ({ modelOf }) =>
      modelOf(this.settings.values, await this.policy(), approve),
    );
    this.#model.catch(() => (this.#model = undefined));
    return this.#model;
  }

  /** What of the data may reach a model's provider, as the settings say. */
  get sharing(): Sharing {
    const { modelShares } = this.settings.values;
    return {
      participants: modelShares.includes('participants'),
      dates: modelShares.includes('dates'),
      text: modelShares.includes('text'),
    };
  }

  /** Prices of models, where the settings name a file. */
  async prices(): Promise<Prices | undefined> {
    const { modelPrices } = this.settings.values;
    if (modelPrices === undefined) return undefined;
    return (await import('../agents/prices.js')).readPrices(modelPrices);
  }

  async world(): Promise<EngineWorld> {
    const [skills, { environments }, runtimes] = await Promise.all([
      this.skills(),
      this.environments(),
      this.runtimes(),
    ]);
    const policy = await this.policy();
    return {
      version: this.version,
      skills,
      environments,
      runtimes,
      policy,
      runSeconds: budgetsOf(this.settings.values, policy).runSeconds,
      lock: this.settings.values.lock,
      licenses:
        this.settings.values.freesurferLicense === undefined
          ? {}
          : { freesurfer: this.settings.values.freesurferLicense },
      preferRuntime: (environment) => this.#preferred(environment),
      compile: (plan, stage) => this.compile({ ...plan, out: resolve(plan.out) }, stage),
      skillsOf: async (plan, stage) => {
        const [{ namedSkills }, { pipelines }] = await Promise.all([
          import('../planning/compile/named-skills.js'),
          this.pipelines(),
        ]);
        return namedSkills(plan, stage, pipelines, skills.skills);
      },
    };
  }

  /** Ends warm workers. Safe to call twice. */
  async close(): Promise<void> {
    const runtimes = this.#runtimes;
    this.#runtimes = undefined;
    if (runtimes !== undefined) await (await runtimes).close();
  }
}
