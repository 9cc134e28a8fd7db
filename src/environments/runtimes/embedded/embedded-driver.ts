import { join } from 'node:path';
import { NeuroClawError } from '../../../kernel/errors.js';
import type { LoadedEnvironment } from '../../registry.js';
import type { Exit, OpenEnvironment } from '../../runtime.js';
import type { RuntimeDriver } from '../../runtime-driver.js';
import { assetsOf } from './catalog.js';
import { embeddedIdentity, isBuilt } from './identity.js';
import { WorkerPool } from './worker-pool.js';

/** The `embedded` runtime: tools that are part of this package, in warm worker processes. */
export function createEmbeddedDriver(options: { readonly workers: number }): RuntimeDriver {
  const pool = new WorkerPool(options.workers);
  return {
    name: 'embedded',
    async open(environment) {
      const tools = environment.runtimes.embedded?.tools ?? {};
      for (const [executable, tool] of Object.entries(tools)) checkTool(environment, executable, tool);
      return openEmbedded(environment, tools, pool);
    },
    // Workers die with their parent: nothing can be left.
    endLeftovers: async () => [],
    close: () => pool.close(),
  };
}

function openEmbedded(
  environment: LoadedEnvironment,
  tools: Readonly<Record<string, string>>,
  pool: WorkerPool,
): OpenEnvironment {
  return {
    identity: embeddedIdentity(environment),
    async run(call, signal) {
      const [executable = ''] = call.argv;
      const tool = Object.hasOwn(tools, executable) ? tools[executable] : undefined;
      if (tool === undefined)
        return notStarted(`environment ${environment.name} has no program ${executable}`);
      const job = {
        tool,
        argv: call.argv,
        inputs: call.inputs,
        folder: call.folder,
        env: { ...environment.env, ...call.env },
        stdout: call.stdout,
        stderr: call.stderr,
      };
      return pool.run(job, { memoryMb: call.memoryMb, walltimeS: call.walltimeS }, signal);
    },
  };
}

function notStarted(message: string): Exit {
  return { reason: 'not-started', exitCode: null, wallS: 0, message };
}

function checkTool(environment: LoadedEnvironment, executable: string, tool: string): void {
  const place = {
    file: join(environment.folder, 'environment.yaml'),
    field: `runtimes.embedded.tools.${executable}`,
  };
  if (assetsOf(tool) === undefined) {
    throw new NeuroClawError('environment.invalid', `there is no embedded tool ${tool}`, { place });
  }
  if (!isBuilt(tool)) {
    throw new NeuroClawError('preflight.environment', `the embedded tool ${tool} is not built`, {
      place,
      hint: 'run `npm run build`',
    });
  }
}
