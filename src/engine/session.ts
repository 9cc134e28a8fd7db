import type { RuntimeName } from '../environments/environment.js';
import type { EnvironmentIdentity, OpenEnvironment } from '../environments/runtime.js';
import type { RuntimeSet } from '../environments/runtime-set.js';
import type { LoadedEnvironment } from '../environments/registry.js';
import { openOrStandIn } from '../environments/stand-in.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import type { EventInput, TraceEvent } from '../kernel/events.js';
import { nearest } from '../kernel/text.js';
import type { CompiledStage } from '../planning/job.js';
import type { Plan } from '../planning/plan.js';
import type { Policy } from '../planning/policy.js';
import type { SkillRegistry } from '../skills/registry.js';
import type { Skill } from '../skills/skill.js';
import type { TraceWriter } from '../trace/writer.js';
import { FileDigests } from './digests.js';
import type { OutputLayout } from './layout.js';
import { Ledger } from './ledger.js';
import type { LicenseFiles } from './licenses.js';
import type { PrepareContext } from './prepare-job.js';
import { Publisher } from './publish.js';
import type { ResourcePool } from './resource-pool.js';
import type { RunClock } from './run-clock.js';
import { Store, type StoreEntry } from './store.js';

/** What a run works with, apart from one output folder. */
export interface EngineWorld {
  readonly version: string;
  readonly skills: SkillRegistry;
  readonly environments: ReadonlyMap<string, LoadedEnvironment>;
  readonly runtimes: RuntimeSet;
  /** Compiles a stage of a plan against the data as they are now. */
  readonly compile: (plan: Plan, stage: string) => Promise<CompiledStage>;
  /** Skills that a stage runs whatever its data are: known before it compiles. */
  readonly skillsOf?: (plan: Plan, stage: string) => Promise<readonly string[]>;
  /** Runtime to prefer for an environment, by its name, where it can be entered by it. */
  readonly preferRuntime?: (environment: string) => RuntimeName | undefined;
  /** `neuroclaw.lock.json` that environments are opened from: what a run used of it is kept with the run. */
  readonly lock: string;
  /** What may run, what needs a yes, what never runs. */
  readonly policy: Policy;
  /** Seconds by the clock that the jobs of a run may take; absent: no limit. */
  readonly runSeconds?: number | undefined;
  readonly licenses?: LicenseFiles;
}

/** The state of one output folder, open in this process: digests, store, ledger, published files. */
export class OutputState implements PrepareContext {
  readonly layout: OutputLayout;
  readonly digests: FileDigests;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly publisher: Publisher;
  readonly licenses: LicenseFiles;
  /** Committed entries of the jobs of this run, by job id. */
  readonly entries = new Map<string, StoreEntry>();
  readonly #world: EngineWorld;
  readonly #substitutions = new Map<string, Finding>();
  readonly #identities = new Map<string, EnvironmentIdentity>();

  constructor(layout: OutputLayout, world: EngineWorld, hardLinks: boolean) {
    this.layout = layout;
    this.#world = world;
    this.licenses = world.licenses ?? {};
    this.digests = new FileDigests(layout.digests);
    this.store = new Store(layout);
    this.ledger = new Ledger(layout.ledger);
    this.publisher = new Publisher(layout, this.digests, hardLinks);
  }

  readonly skillOf = (id: string): Skill => {
    const skill = this.#world.skills.skills.get(id);
    if (skill !== undefined) return skill;
    const near = nearest(id, this.#world.skills.skills.keys());
    throw new NeuroClawError(
      'skill.unknown',
      `no skill ${id}${near === undefined ? '' : `; did you mean ${near}?`}`,
      {
        place: { skill: id },
      },
    );
  };

  readonly environmentOf = async (skill: Skill): Promise<OpenEnvironment> => {
    const environment = this.#world.environments.get(skill.contract.environment);
    if (environment === undefined) {
      throw new NeuroClawError(
        'environment.unknown',
        `skill ${skill.id} needs the environment ${skill.contract.environment}`,
        {
          place: { skill: skill.id, field: 'environment' },
        },
      );
    }
    const { environments, runtimes, preferRuntime } = this.#world;
    const { open, substitution } = await openOrStandIn(
      environment,
      skill.contract,
      environments,
      runtimes,
      preferRuntime,
    );
    this.#identities.set(open.identity.name, open.identity);
    if (substitution !== undefined) this.#substitutions.set(environment.name, substitution);
    return open;
  };

  readonly entryOf = (job: string): StoreEntry => {
    const entry = this.entries.get(job);
    if (entry === undefined)
      throw new NeuroClawError('internal.bug', `job ${job} has no committed result`, { place: { job } });
    return entry;
  };

  /** Environments that took the place of others so far, each as a warning. */
  substitutions(): Finding[] {
    return [...this.#substitutions.values()];
  }

  /** Identities of the environments opened so far. */
  identities(): EnvironmentIdentity[] {
    return [...this.#identities.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  flush(): void {
    this.digests.flush();
    this.ledger.flush();
    this.publisher.flush();
  }

  close(): void {
    this.digests.close();
    this.ledger.close();
    this.publisher.close();
  }
}

export type JobCounts = Record<
  'committed' | 'reused' | 'rejected' | 'failed' | 'cancelled' | 'skipped',
  number
>;

/** One run under way. */
export interface RunContext {
  readonly run: string;
  readonly state: OutputState;
  readonly pool: ResourcePool;
  readonly trace: TraceWriter;
  /** Aborts when the run is cancelled, and when its time has run out. */
  readonly signal: AbortSignal;
  readonly clock: RunClock;
  readonly counts: JobCounts;
  /** Appends to the trace and tells whoever watches. */
  readonly emit: (event: EventInput, durable?: boolean) => TraceEvent;
  /** Keys that this run started before it was interrupted and never saw committed. */
  readonly interrupted: ReadonlySet<string>;
  /** The first failure decides the exit status of the run. */
  readonly fail: (error: NeuroClawError) => void;
}
