import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { RuntimeName } from './environment.js';
import type { LoadedEnvironment } from './registry.js';
import type { OpenEnvironment } from './runtime.js';
import type { RuntimeDriver } from './runtime-driver.js';
import { createEmbeddedDriver } from './runtimes/embedded/embedded-driver.js';
import { createHostDriver } from './runtimes/host/host-driver.js';

/** The first that works here is taken. */
const order: readonly RuntimeName[] = ['embedded', 'docker', 'venv', 'host'];

export interface RuntimeOptions {
  /** The person allows tools found on PATH. */
  readonly allowHost: boolean;
  /** Warm workers of the embedded runtime: how many embedded jobs run side by side. */
  readonly workers: number;
  /** Where host tools are looked for; PATH of this process by default. */
  readonly path?: string;
  /** Runtimes beyond the embedded and the host one. */
  readonly drivers?: readonly RuntimeDriver[];
}

/** All the places where tools can run on this machine. */
export interface RuntimeSet {
  /**
   * Opens an environment with the first of its runtimes that works here, or with the preferred one alone. The answer
   * is kept: opening again costs nothing. Throws `preflight.environment` naming what was tried and what would mend it.
   */
  open(environment: LoadedEnvironment, options?: { readonly prefer?: RuntimeName }): Promise<OpenEnvironment>;
  /** Ends what a dead process of ours left behind for a store. Returns one line per thing ended. */
  endLeftovers(store: string): Promise<string[]>;
  /** Ends warm workers and watchers. */
  close(): Promise<void>;
}

/** Makes the runtimes ready to be used; starts nothing. */
export function createRuntimes(options: RuntimeOptions): RuntimeSet {
  const drivers = [
    createEmbeddedDriver({ workers: options.workers }),
    createHostDriver({
      allowed: options.allowHost,
      ...(options.path === undefined ? {} : { path: options.path }),
    }),
    ...(options.drivers ?? []),
  ].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const opened = new Map<string, Promise<OpenEnvironment>>();

  return {
    open(environment, { prefer } = {}) {
      const key = JSON.stringify([environment.folder, environment.name, prefer ?? '']);
      let opening = opened.get(key);
      if (opening === undefined) {
        opening = openFirst(environment, drivers, prefer);
        opened.set(key, opening);
        // What failed may have been mended by the next time: a tool installed, an engine started.
        opening.catch(() => opened.delete(key));
      }
      return opening;
    },
    async endLeftovers(store) {
      const ended = await Promise.all(drivers.map((driver) => driver.endLeftovers(store)));
      return ended.flat();
    },
    async close() {
      opened.clear();
      await Promise.all(drivers.map((driver) => driver.close()));
    },
  };
}

async function openFirst(
  environment: LoadedEnvironment,
  drivers: readonly RuntimeDriver[],
  prefer: RuntimeName | undefined,
): Promise<OpenEnvironment> {
  const declared = order.filter((name) => environment.runtimes[name] !== undefined);
  if (prefer !== undefined && !declared.includes(prefer)) {
    throw new NeuroClawError(
      'preflight.environment',
      `environment ${environment.name} cannot be entered with ${prefer}`,
      { expected: declared.join(', ') },
    );
  }
  const failures: NeuroClawError[] = [];
  const findings: Finding[] = [];
  for (const name of prefer === undefined ? declared : [prefer]) {
    const driver = drivers.find((candidate) => candidate.name === name);
    if (driver === undefined) {
      findings.push(errorFinding('preflight.environment', `${name}: this runtime is not set up`));
      continue;
    }
    try {
      return await driver.open(environment);
    } catch (error) {
      if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
      failures.push(error);
      findings.push({ ...errorFinding(error.code, `${name}: ${error.message}`), suggestion: error.hint });
    }
  }
  // One way and one reason: that reason is the answer, with its own code and hint.
  const [only] = failures;
  if (only !== undefined && findings.length === 1) throw only;
  throw new NeuroClawError(
    'preflight.environment',
    `environment ${environment.name} is not available here; tried ${findings.map((finding) => finding.message).join('; ')}`,
    { findings, hint: failures.map((failure) => failure.hint).join('; or ') },
  );
}
