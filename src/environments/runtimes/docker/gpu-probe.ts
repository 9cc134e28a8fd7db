import { errorFinding, type Finding } from '../../../kernel/findings.js';
import type { GpuProbe } from '../../runtime.js';
import type { ContainerEngine } from './engine.js';
import { isTooOld, parseDriver, type Driver } from './cuda.js';
import { probe, type ProbeResult } from './probe.js';

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
 * program into the container where all is well. Then asks for the driver, which must do for the CUDA of the image.
 *
 * @param cuda CUDA that the programs of the image were built with, `12.4`
 */
export async function probeGpu(
  engine: ContainerEngine,
  image: string,
  signal: AbortSignal,
  cuda?: string,
): Promise<GpuProbe> {
  const smi = (...args: string[]): Promise<ProbeResult> =>
    probe(engine, { image, argv: ['nvidia-smi', ...args], env: {}, gpu: true }, signal);
  const { exit, stdout, stderr } = await smi('-L');
  const devices = parseGpuList(stdout);
  if (exit.reason !== 'exited' || exit.exitCode !== 0 || devices.length === 0) {
    const said = [exit.message, stderr.trim(), stdout.trim()].filter(Boolean).join('; ');
    return {
      devices: [],
      findings: [noGpu(engine, said || `nvidia-smi -L ended with ${exit.exitCode ?? exit.reason}`)],
    };
  }
  const driver = parseDriver((await smi()).stdout);
  if (driver === undefined) return { devices, findings: [] };
  return {
    devices: devices.map((device) => ({ ...device, driver: driver.version })),
    findings: cuda !== undefined && isTooOld(driver, cuda) ? [tooOld(driver, cuda)] : [],
  };
}

/** Podman hands GPUs out through its Docker-compatible socket from this version on (its pull request 25171). */
const podmanWithGpus = [5, 4] as const;

/** Why no GPU is seen, in plain words. */
export function noGpu(engine: Pick<ContainerEngine, 'name' | 'version'>, said: string): Finding {
  const [major = 0, minor = 0] = engine.version.split('.').map(Number);
  const known =
    explainGpuError(said) ??
    (engine.name === 'podman' && (major < podmanWithGpus[0] || (major === 5 && minor < podmanWithGpus[1]))
      ? {
          message: `Podman ${engine.version} gives no GPU to containers that are started through its socket`,
          expected: 'Podman 5.4 or later, or Docker',
        }
      : undefined);
  return errorFinding(
    'preflight.gpu',
    `${known?.message ?? 'no GPU is seen inside the container'} (${said.slice(0, 300)})`,
    undefined,
    known?.expected ?? 'a GPU that `nvidia-smi -L` lists',
  );
}

function tooOld({ version, cuda }: Driver, needed: string): Finding {
  return errorFinding(
    'preflight.gpu',
    `the NVIDIA driver ${version} is too old: it runs CUDA ${cuda ?? ''}, and the image was built with CUDA ${needed}`,
    undefined,
    `a driver for CUDA ${needed.split('.')[0] ?? needed} or later, or a skill that runs on the CPU`,
  );
}
