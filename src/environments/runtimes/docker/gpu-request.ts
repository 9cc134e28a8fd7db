import type { DeviceRequest as DockerodeRequest } from 'dockerode';

/** Which GPUs a job gets: all, so many, or those with these UUIDs. */
export type GpuRequest =
  { readonly all: true } | { readonly count: number } | { readonly uuids: readonly string[] };

/** One entry of `HostConfig.DeviceRequests` of the Docker API. */
export interface DeviceRequest {
  readonly Driver: '';
  readonly Count?: number;
  readonly DeviceIDs?: readonly string[];
  readonly Capabilities: readonly (readonly string[])[];
}

/**
 * The same request in the words of each container engine.
 *
 * Sources: Docker API, `HostConfig.DeviceRequests` (what `docker run --gpus` sends); Podman, CDI device names
 * (`--device nvidia.com/gpu=...`, NVIDIA Container Toolkit); Apptainer, `--nv` with `NVIDIA_VISIBLE_DEVICES`
 * (GPU support of the user guide).
 */
export function deviceRequest(request: GpuRequest): DeviceRequest {
  const base = { Driver: '', Capabilities: [['gpu']] } as const;
  if ('all' in request) return { ...base, Count: -1 };
  if ('count' in request) return { ...base, Count: request.count };
  return { ...base, DeviceIDs: request.uuids };
}

/** As this engine takes it through the API: Podman by the names of CDI. */
export function engineRequest(request: GpuRequest, engine: 'docker' | 'podman'): DockerodeRequest {
  const made =
    engine === 'podman'
      ? { Driver: 'cdi', DeviceIDs: cdiDevices(request), Capabilities: [['gpu']] }
      : deviceRequest(request);
  return made as DockerodeRequest;
}

/** CDI names of the devices, for `--device` of Podman. Podman has no way to ask for any two of four: the first ones are taken. */
export function cdiDevices(request: GpuRequest): string[] {
  const names =
    'all' in request
      ? ['all']
      : 'count' in request
        ? Array.from({ length: request.count }, (_, index) => String(index))
        : request.uuids;
  return names.map((name) => `nvidia.com/gpu=${name}`);
}

/** Arguments and variables of `apptainer exec`. */
export function apptainerGpu(request: GpuRequest): { args: string[]; env: Record<string, string> } {
  const visible =
    'all' in request
      ? undefined
      : 'count' in request
        ? Array.from({ length: request.count }, (_, index) => String(index)).join(',')
        : request.uuids.join(',');
  return visible === undefined
    ? { args: ['--nv'], env: {} }
    : { args: ['--nv'], env: { CUDA_VISIBLE_DEVICES: visible, NVIDIA_VISIBLE_DEVICES: visible } };
}
