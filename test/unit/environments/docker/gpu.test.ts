import { describe, expect, it } from 'vitest';
import { explainGpuError, parseGpuList } from '../../../../src/environments/runtimes/docker/gpu-probe.js';
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
      'nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4',
      /too old for the CUDA 12.4/,
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
});
