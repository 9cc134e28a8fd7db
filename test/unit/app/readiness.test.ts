import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readinessOf,
  type EnvironmentState,
  type Installed,
  type MachineState,
} from '../../../src/app/readiness.js';
import { loadEnvironments } from '../../../src/environments/registry.js';
import { loadPipelines } from '../../../src/planning/load-pipelines.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';

const { environments } = await loadEnvironments([join(projectFolder, 'environments')]);
const { pipelines } = await loadPipelines([join(projectFolder, 'agents')]);
const { skills, capabilities } = await loadSkills([join(projectFolder, 'skills')]);
const installed: Installed = { environments, skills, capabilities };

const ok: EnvironmentState = { usable: true, runtime: 'embedded', digest: 'abc' };
const no: EnvironmentState = {
  usable: false,
  code: 'environment.lock',
  reason: 'it is not locked',
  remedy: '',
};
const engine = { usable: true, name: 'docker', version: '28', gpu: false } as const;
const noEngine = { usable: false, code: 'preflight.engine', reason: 'no container engine answers' } as const;
const noLicense = new Map([['freesurfer', 'no FreeSurfer licence is configured']]);

/** A machine on which those environments can be entered, and what ships inside. */
function machine(usable: readonly string[], more: Partial<MachineState> = {}): MachineState {
  const states = [...environments.values()].map(({ name, runtimes }): [string, EnvironmentState] => [
    name,
    usable.includes(name) || runtimes.embedded !== undefined ? ok : no,
  ]);
  return {
    engine,
    dockerOnPath: true,
    gpuDriver: false,
    environments: new Map(states),
    licenses: noLicense,
    ...more,
  };
}
const readiness = (id: string, state: MachineState): ReturnType<typeof readinessOf> => {
  const pipeline = pipelines.get(id);
  if (pipeline === undefined) throw new Error(id);
  return readinessOf(pipeline, state, installed);
};

describe('what a machine can run', () => {
  it('a bare machine: what ships inside, and Docker as the first step for the rest', () => {
    const bare = machine([], { engine: noEngine, dockerOnPath: false });
    expect(readiness('curation/dicom-to-bids', bare)).toMatchObject({ ready: true, missing: [] });
    expect(readiness('diffusion/tensor', bare)).toMatchObject({
      ready: false,
      missing: [{ kind: 'environment', name: 'mrtrix3' }],
      command: 'neuroclaw env install docker',
    });
  });

  it('a Python environment needs no engine', () => {
    const bare = machine([], { engine: noEngine, dockerOnPath: false });
    expect(readiness('functional/glm', bare)).toMatchObject({
      command: 'neuroclaw env lock python-neuro --runtime venv',
    });
  });

  it.each<[string, Partial<MachineState>, string]>([
    ['Docker is installed and does not answer', { engine: noEngine }, 'sudo systemctl start docker'],
    [
      'the socket may not be used',
      { engine: { ...noEngine, code: 'preflight.engine-permission' } },
      'sudo usermod -aG docker $USER',
    ],
  ])('%s', (_, more, command) => {
    expect(readiness('diffusion/tensor', machine([], more))).toMatchObject({ ready: false, command });
  });

  it('Docker without images: everything that a pipeline lacks is locked by one command', () => {
    const { missing, command } = readiness('diffusion/preprocess', machine([]));
    expect(missing.length).toBeGreaterThan(0);
    expect(command).toBe(`neuroclaw env lock ${missing.map(({ name }) => name).join(' ')}`);
  });

  it('a licence that is missing is told when the images are there', () => {
    const locked = machine(['freesurfer']);
    expect(readiness('structural/recon', machine([]))).toMatchObject({
      command: expect.stringMatching(/^neuroclaw env lock .*freesurfer/) as string,
    });
    expect(readiness('structural/recon', locked)).toMatchObject({
      ready: false,
      missing: [{ kind: 'licence', name: 'freesurfer' }],
      command: 'export FS_LICENSE=/path/to/license.txt',
    });
    expect(readiness('structural/recon', { ...locked, licenses: new Map() })).toMatchObject({ ready: true });
  });

  it('a capability is there as soon as one of its providers is', () => {
    const steps = (pipelines.get('structural/brain-and-tissue')?.steps ?? []).filter(
      ({ capability }) => capability === 'brain-extraction',
    );
    expect(steps).toHaveLength(1);
    const pipeline = { ...pipelines.get('functional/glm'), id: 'x/y', parameters: {}, steps } as never;
    const lacks = (state: MachineState): string[] =>
      readinessOf(pipeline, state, installed).missing.map(({ name }) => name);
    expect(lacks(machine([]))).not.toEqual([]);
    for (const provider of ['ants', 'fsl']) expect(lacks(machine([provider]))).toEqual([]);
    // With the licence that the provider needs.
    expect(lacks(machine(['freesurfer'], { licenses: new Map() }))).toEqual([]);
  });

  it('conditions of use are part of the command, with what to read', () => {
    const steps = [{ id: 'bet', skill: 'fsl/bet', inputs: {}, params: {}, publish: {}, otherwise: {} }];
    const pipeline = { ...pipelines.get('functional/glm'), id: 'x/y', parameters: {}, steps };
    const found = readinessOf(pipeline as never, machine([]), installed);
    expect(found.command).toBe('neuroclaw env lock fsl --accept fsl-non-commercial');
    expect(found.note).toContain('https://fsl.fmrib.ox.ac.uk');
  });

  it('a GPU that is missing: the toolkit where there is a driver, else another machine', () => {
    const steps = [
      { id: 'eddy', skill: 'fsl/bedpostx-gpu', inputs: {}, params: {}, publish: {}, otherwise: {} },
    ];
    const pipeline = { ...pipelines.get('functional/glm'), id: 'x/y', parameters: {}, steps } as never;
    const without = readinessOf(pipeline, machine(['fsl']), installed);
    expect(without).toMatchObject({ ready: false, missing: [{ kind: 'gpu', name: 'fsl/bedpostx-gpu' }] });
    expect(without.command).toBeUndefined();
    expect(readinessOf(pipeline, machine(['fsl'], { gpuDriver: true }), installed).command).toBe(
      'neuroclaw env install nvidia-container-toolkit',
    );
    const offered = machine(['fsl'], { engine: { ...engine, gpu: true } });
    expect(readinessOf(pipeline, offered, installed).ready).toBe(true);
  });

  it('what only some parameters need keeps nobody from running', () => {
    const every = machine([...environments.keys()].filter((name) => name !== 'freesurfer'));
    for (const pipeline of pipelines.values()) {
      const { missing, optional } = readinessOf(pipeline, every, installed);
      for (const { name } of optional) expect(missing.map((lack) => lack.name)).not.toContain(name);
    }
  });
});

describe('where a step has a choice of providers', () => {
  it('what other steps need anyway is asked for, and not one more', () => {
    const { missing, command } = readiness('functional/preprocess', machine([]));
    expect(missing.map(({ name }) => name)).toEqual(['python-neuro']);
    expect(command).toBe('neuroclaw env lock python-neuro');
  });
});
