import { NeuroClawError } from '../../../kernel/errors.js';
import type { RuntimeDriver } from '../../runtime-driver.js';

export interface HostOptions {
  readonly allowed: boolean;
  readonly path?: string;
}

/** The `host` runtime: tools found on PATH, where the person allows it. */
export function createHostDriver(options: HostOptions): RuntimeDriver {
  return {
    name: 'host',
    async open(environment) {
      if (!options.allowed) {
        throw new NeuroClawError(
          'preflight.not-allowed',
          `environment ${environment.name} would use programs found on PATH`,
        );
      }
      throw new NeuroClawError('preflight.environment', 'programs of the host cannot be started yet');
    },
    endLeftovers: async () => [],
    close: async () => undefined,
  };
}
