import type { RuntimeName } from './environment.js';
import type { LoadedEnvironment } from './registry.js';
import type { OpenEnvironment, Runtime } from './runtime.js';

/** One way to enter environments, as the set of runtimes uses it. Creating a driver does no work. */
export interface RuntimeDriver extends Runtime {
  readonly name: RuntimeName;
  /**
   * Opens an environment that declares this runtime. Throws NeuroClawError (class `preflight` or `input`) where it does
   * not work here: the message says why, the hint what would mend it, and the next runtime is tried.
   */
  open(environment: LoadedEnvironment): Promise<OpenEnvironment>;
}
