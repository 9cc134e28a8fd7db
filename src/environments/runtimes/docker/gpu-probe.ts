import { errorFinding, type Finding } from '../../../kernel/findings.js';
import type { GpuProbe } from '../../runtime.js';
import type { ContainerEngine } from './engine.js';
import { probe } from './probe.js';

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
