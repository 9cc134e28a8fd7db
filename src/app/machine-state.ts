import { existsSync } from 'node:fs';
import { findExecutables } from '../environments/runtimes/host/find-executables.js';
import { licenseFileProblems } from '../environments/license-file.js';
import { connectEngine } from '../environments/runtimes/docker/engine.js';
import { processEnvironment } from '../config/environment.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { NeuroClaw } from './neuroclaw.js';
import type { EnvironmentState, Installed, MachineState } from './readiness.js';

export { readinessOf } from './readiness.js';

/** Linux: there while a driver of NVIDIA is loaded. */
const DRIVER = '/proc/driver/nvidia/version';

/** Looks at engine, environments, licences and GPU side by side; starts no tool but those of host environments. */
export async function machineState(app: NeuroClaw): Promise<MachineState> {
  const [engine, environments, licenses] = await Promise.all([
    engineState(app),
    environmentStates(app),
    licenseStates(app),
  ]);
  const { found } = findExecutables(['docker'], processEnvironment()['PATH'] ?? '');
  return { engine, environments, licenses, dockerOnPath: found.length > 0, gpuDriver: existsSync(DRIVER) };
}

export async function installedParts(app: NeuroClaw): Promise<Installed> {
  const [{ environments }, { skills, capabilities }] = await Promise.all([app.environments(), app.skills()]);
  return { environments, skills, capabilities };
}

async function engineState(app: NeuroClaw): Promise<MachineState['engine']> {
  try {
    const { name, version, gpu } = await connectEngine(app.engineHosts());
    return { usable: true, name, version, gpu };
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    return { usable: false, code: error.code, reason: error.message };
  }
}

/** Environments that can be entered; those that only put a program on the machine (Docker) are none. */
async function environmentStates(app: NeuroClaw): Promise<Map<string, EnvironmentState>> {
  const [{ environments }, runtimes] = await Promise.all([app.environments(), app.runtimes()]);
  const entered = [...environments.values()].filter((one) => Object.keys(one.runtimes).length > 0);
  const states = await Promise.all(
    entered.map(async (environment): Promise<[string, EnvironmentState]> => {
      try {
        const { identity } = await runtimes.open(environment);
        return [environment.name, { usable: true, runtime: identity.runtime, digest: identity.digest }];
      } catch (error) {
        if (!(error instanceof NeuroClawError)) throw error;
        const { code, message: reason, hint } = error;
        return [environment.name, { usable: false, code, reason, remedy: hint }];
      }
    }),
  );
  return new Map(states);
}

async function licenseStates(app: NeuroClaw): Promise<Map<string, string>> {
  const { freesurferLicense: file } = app.settings.values;
  const [problem] = await licenseFileProblems({ tool: 'FreeSurfer', file });
  return new Map(problem === undefined ? [] : [['freesurfer', problem.message]]);
}
