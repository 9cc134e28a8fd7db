import { describe, expect, it } from 'vitest';
import {
  explainGpuError,
  noGpu,
  parseGpuList,
} from '../../../../src/environments/runtimes/docker/gpu-probe.js';
import {
  apptainerGpu,
  cdiDevices,
  deviceRequest,
  engineRequest,
  type GpuRequest,
} from '../../../../src/environments/runtimes/docker/gpu-request.js';

const uuid = 'GPU-8f1a2b3c-0000-1111-2222-333344445555';

describe('a request for GPUs in the words of each engine', () => {
  it.each<[string, GpuRequest, object, string[], { args: string[]; env: object }]>([
    [
      'all',
      { all: true },
      { Driver: '', Count: -1, Capabilities: [['gpu']] },
      ['nvidia.com/gpu=all'],
      { args: ['--nv'], env: {} },
    ],
    [
      'two',
      { count: 2 },
      { Driver: '', Count: 2, Capabilities: [['gpu']] },
      ['nvidia.com/gpu=0', 'nvidia.com/gpu=1'],
      { args: ['--nv'], env: { CUDA_VISIBLE_DEVICES: '0,1', NVIDIA_VISIBLE_DEVICES: '0,1' } },
    ],
    [
      'one by its UUID',
      { uuids: [uuid] },
      { Driver: '', DeviceIDs: [uuid], Capabilities: [['gpu']] },
      [`nvidia.com/gpu=${uuid}`],
      { args: ['--nv'], env: { CUDA_VISIBLE_DEVICES: uuid, NVIDIA_VISIBLE_DEVICES: uuid } },
    ],
  ])('%s', (_, request, docker, podman, apptainer) => {
    expect(deviceRequest(request)).toEqual(docker);
    expect(engineRequest(request, 'docker')).toEqual(docker);
    expect(cdiDevices(request)).toEqual(podman);
    expect(engineRequest(request, 'podman')).toEqual({
      Driver: 'cdi',
      DeviceIDs: podman,
      Capabilities: [['gpu']],
    });
    expect(apptainerGpu(request)).toEqual(apptainer);
  });

  it('never asks for a number of devices and for names at once, which Docker refuses', () => {
    for (const request of [{ all: true }, { count: 1 }, { uuids: [uuid] }] as const) {
      const { Count, DeviceIDs } = deviceRequest(request);
      expect([Count === undefined, DeviceIDs === undefined].filter(Boolean)).toHaveLength(1);
    }
  });
});

describe('what is said of GPUs', () => {
  it('is read from nvidia-smi -L', () => {
    const text = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: ${uuid})\nGPU 1: Quadro P400 (UUID: GPU-11)\n`;
    expect(parseGpuList(text)).toEqual([
      { name: 'NVIDIA H100 80GB HBM3', uuid },
      { name: 'Quadro P400', uuid: 'GPU-11' },
    ]);
    expect(parseGpuList('No devices were found\n')).toEqual([]);
  });

  it.each([
    ['could not select device driver "" with capabilities: [[gpu]]', /no NVIDIA runtime/],
    ['setting up CDI devices: unresolvable CDI devices nvidia.com/gpu=all', /no NVIDIA runtime/],
    [
      'OCI runtime create failed: container_linux.go:370: starting container process caused: process_linux.go:459: container init caused: Running hook #0:: error running hook: exit status 1, stdout: , stderr: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4, please update your driver to a newer version, or use an earlier cuda container: unknown',
      /too old for the CUDA 12.4/,
    ],
    [
      'EDDY:::  EddyCudaHelperFunctions::InitGpu: cudaGetDevice returned an error: cudaError_t = 35, cudaErrorName = cudaErrorInsufficientDriver, cudaErrorString = CUDA driver version is insufficient for CUDA runtime version',
      /too old/,
    ],
    ['CUDA driver version is insufficient for CUDA runtime version', /too old/],
    ['Failed to initialize NVML: Driver/library version mismatch', /was updated/],
    ['nvidia-container-cli: initialization error: nvml error: driver not loaded', /could not give the GPU/],
  ])('%s', (said, message) => {
    expect(explainGpuError(said)?.message).toMatch(message);
    expect(explainGpuError(said)?.expected.length).toBeGreaterThan(10);
  });

  it('leaves other errors alone', () => {
    expect(explainGpuError('out of memory')).toBeUndefined();
  });

  it('names the Podman that hands out no GPU through its socket, which it does not say itself', () => {
    const said = 'crun: executable file `nvidia-smi` not found in $PATH: No such file or directory';
    expect(noGpu({ name: 'podman', version: '4.9.3' }, said)).toMatchObject({
      message: expect.stringContaining('Podman 4.9.3 gives no GPU') as string,
      expected: 'Podman 5.4 or later, or Docker',
    });
    for (const engine of [
      { name: 'podman', version: '5.4.0' },
      { name: 'docker', version: '28.2.2' },
    ] as const)
      expect(noGpu(engine, said).message).toMatch(/^no GPU is seen inside the container/);
  });
});
