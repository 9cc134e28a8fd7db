import type { DeviceRequest as DockerodeRequest } from 'dockerode';
import { errorFinding, type Finding } from '../../../kernel/findings.js';
import type { GpuProbe } from '../../runtime.js';
import type { ContainerEngine } from './engine.js';
import { probe } from './probe.js';

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

/** Lines of `nvidia-smi -L`: `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-...)`. */
export function parseGpuList(text: string): { name: string; uuid: string }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^GPU \d+: (.+) \(UUID: (GPU-[0-9a-fA-F-]+)\)/.exec(line.trim());
    return match ? [{ name: match[1] ?? '', uuid: match[2] ?? '' }] : [];
  });
}

/** What an error that has to do with a GPU means, in plain words. Undefined: it has another reason. */
export function explainGpuError(said: string): { message: string; expected: string } | undefined {
  if (/could not select device driver|unresolvable CDI devices|unknown runtime.*nvidia/i.test(said))
    return {
      message: 'the container engine offers no GPU: it has no NVIDIA runtime',
      expected: 'the NVIDIA Container Toolkit, and `nvidia-ctk runtime configure`',
    };
  if (/driver\/library version mismatch/i.test(said))
    return {
      message: 'the NVIDIA driver was updated and is not the one that is loaded',
      expected: 'a restart of this machine',
    };
  const cuda = /unsatisfied condition: cuda\s*>=\s*([\d.]+)/i.exec(said)?.[1];
  if (cuda !== undefined || /CUDA driver version is insufficient/i.test(said))
    return {
      message: `the NVIDIA driver is too old for the CUDA ${cuda ?? ''} of the image`.replace('  ', ' '),
      expected: 'a newer driver, or a skill that runs on the CPU',
    };
  if (/nvidia-container|libnvidia|nvml error|initialization error/i.test(said))
    return {
      message: 'the container engine could not give the GPU to the container',
      expected: '`nvidia-smi` works on this machine, and in `docker run --gpus all`',
    };
  return undefined;
}

/**
 * Starts `nvidia-smi -L` in an image with the GPUs of the machine, as a job would be started: the toolkit puts the
 * program into the container where all is well.
 */
export async function probeGpu(
  engine: ContainerEngine,
  image: string,
  signal: AbortSignal,
): Promise<GpuProbe> {
  const { exit, stdout, stderr } = await probe(
    engine,
    { image, argv: ['nvidia-smi', '-L'], env: {}, gpu: true },
    signal,
  );
  const devices = parseGpuList(stdout);
  if (exit.reason === 'exited' && exit.exitCode === 0 && devices.length > 0) return { devices, findings: [] };
  const said = [exit.message, stderr.trim(), stdout.trim()].filter(Boolean).join('; ');
  const known = explainGpuError(said);
  const finding: Finding = errorFinding(
    'preflight.gpu',
    `${known?.message ?? 'no GPU is seen inside the container'} (${said.slice(0, 300) || `nvidia-smi -L ended with ${exit.exitCode ?? exit.reason}`})`,
    undefined,
    known?.expected ?? 'a GPU that `nvidia-smi -L` lists',
  );
  return { devices, findings: [finding] };
}
