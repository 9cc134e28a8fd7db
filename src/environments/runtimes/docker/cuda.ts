/** What the NVIDIA driver says of itself in the header of `nvidia-smi`. */
export interface Driver {
  /** `535.104.05` */
  readonly version: string;
  /** Newest CUDA that it runs, `12.2`. */
  readonly cuda: string | undefined;
}

/** Reads `| NVIDIA-SMI 535.104.05   Driver Version: 535.104.05   CUDA Version: 12.2 |`. */
export function parseDriver(text: string): Driver | undefined {
  const version = /Driver Version:\s*(\d+(?:\.\d+)+)/.exec(text)?.[1];
  if (version === undefined) return undefined;
  return { version, cuda: /CUDA (?:UMD )?Version:\s*(\d+\.\d+)/.exec(text)?.[1] };
}

/**
 * CUDA that an image was built with, from the variables that NVIDIA's base images set: `CUDA_VERSION=12.4.1`, or
 * `NVIDIA_REQUIRE_CUDA=cuda>=12.4 brand=tesla,...`.
 */
export function imageCuda(env: readonly string[]): string | undefined {
  const value = (name: string): string =>
    env.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  return (
    /^(\d+\.\d+)/.exec(value('CUDA_VERSION'))?.[1] ??
    /cuda\s*>=\s*(\d+\.\d+)/.exec(value('NVIDIA_REQUIRE_CUDA'))?.[1]
  );
}

/**
 * Whether a driver is too old for a CUDA. Within one major version older drivers do (minor version compatibility, from
 * CUDA 11 on; CUDA Compatibility, NVIDIA): before it every version wants its own.
 */
export function isTooOld(driver: Driver, needed: string): boolean {
  if (driver.cuda === undefined) return false;
  const [has = 0, hasMinor = 0] = driver.cuda.split('.').map(Number);
  const [wants = 0, wantsMinor = 0] = needed.split('.').map(Number);
  return has < wants || (has === wants && wants < 11 && hasMinor < wantsMinor);
}
