import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import type { RuntimeName } from './environment.js';
import type { LoadedEnvironment } from './registry.js';
import type { OpenEnvironment } from './runtime.js';
import type { RuntimeSet } from './runtime-set.js';

/** What a skill needs of its environment. */
export interface EnvironmentNeed {
  readonly environment: string;
  readonly executables: readonly string[];
  /** Python packages, by the names in `import`. */
  readonly python: readonly string[];
}

export interface OpenedFor {
  readonly open: OpenEnvironment;
  /** Said to the person and written into the trace where another environment takes the place of the one named. */
  readonly substitution?: Finding;
}

/**
 * Opens the environment that is needed; where it is not available here, the first that declares `stands_in_for` it,
 * offers every program and package that is needed, and is available. Versions differ then: it has another identity, so
 * that results get other keys.
 *
 * Throws what opening the environment itself threw, with every command that would mend it.
 */
export async function openOrStandIn(
  wanted: LoadedEnvironment,
  need: EnvironmentNeed,
  environments: ReadonlyMap<string, LoadedEnvironment>,
  runtimes: Pick<RuntimeSet, 'open'>,
  preferOf?: (environment: string) => RuntimeName | undefined,
): Promise<OpenedFor> {
  const openOne = (environment: LoadedEnvironment): Promise<OpenEnvironment> => {
    const prefer = preferOf?.(environment.name);
    return runtimes.open(
      environment,
      prefer !== undefined && environment.runtimes[prefer] !== undefined ? { prefer } : {},
    );
  };
  let reason: NeuroClawError;
  try {
    return { open: await openOne(wanted) };
  } catch (error) {
    if (!(error instanceof NeuroClawError) || error.errorClass !== 'preflight') throw error;
    reason = error;
  }
  const remedies = [reason.hint];
  for (const other of environments.values()) {
    if (!other.stands_in_for.includes(wanted.name)) continue;
    const lacks = [
      ...need.executables.filter((name) => !other.executables.includes(name)),
      ...need.python.filter((name) => !other.python.includes(name)),
    ];
    if (lacks.length > 0) {
      remedies.push(`${other.name} cannot take its place: it lacks ${lacks.join(', ')}`);
      continue;
    }
    try {
      const open = await openOne(other);
      const message = `environment ${other.name} takes the place of ${wanted.name}: ${reason.message}`;
      return {
        open,
        substitution: {
          code: reason.code,
          severity: 'warning',
          message,
          place: { field: wanted.name },
          suggestion: `${reason.hint}; versions of packages differ, and results then get other keys`,
        },
      };
    } catch (error) {
      if (!(error instanceof NeuroClawError) || error.errorClass !== 'preflight') throw error;
      remedies.push(`for ${other.name} in its place: ${error.hint}`);
    }
  }
  if (remedies.length === 1) throw reason;
  throw new NeuroClawError(reason.code, reason.message, {
    ...(reason.place === undefined ? {} : { place: reason.place }),
    findings: reason.findings,
    hint: remedies.join('; or '),
    cause: reason,
  });
}
