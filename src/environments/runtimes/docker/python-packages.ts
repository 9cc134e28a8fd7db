import { processEnvironment } from '../../../config/environment.js';
import { findExecutables } from '../host/find-executables.js';
import { findInterpreter } from '../venv/interpreter.js';
import { runInstaller } from '../venv/run-installer.js';

export interface PackagesForImage {
  /** Lock file, every package with hashes. */
  readonly requirements: string;
  /** CPython of the image, 3.N. */
  readonly version: string;
  /** Receives the packages; made here. */
  readonly target: string;
  readonly signal: AbortSignal;
}

/**
 * Puts the packages of a lock file into a folder, for the Python of an image with Debian bookworm or newer (glibc 2.28
 * and later). Wheels alone, each compared with its hash; nothing of them is run or compiled, so that equal locks give
 * equal files. Linux on x86-64.
 *
 * Throws `environment.hash`, `preflight.packages`, `preflight.python`, `job.cancelled`.
 */
export async function fetchPackages(options: PackagesForImage): Promise<void> {
  const { requirements, version, target } = options;
  const [uv] = findExecutables(['uv'], processEnvironment()['PATH'] ?? '').found;
  const locked = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--requirement', requirements];
  if (uv !== undefined) {
    const platform = ['--python-version', version, '--python-platform', 'x86_64-manylinux_2_28'];
    const copy = ['--link-mode', 'copy', '--target', target];
    await runInstaller([uv.path, 'pip', 'install', '--quiet', ...platform, ...copy, ...locked], options);
    return;
  }
  const { path } = await findInterpreter(version, 'of the image');
  const platform = [
    '--python-version',
    version,
    '--implementation',
    'cp',
    '--platform',
    'manylinux_2_28_x86_64',
  ];
  const older = ['--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'];
  const pip = [path, '-I', '-m', 'pip', '--disable-pip-version-check', '--quiet', 'install', '--no-compile'];
  await runInstaller([...pip, ...platform, ...older, '--target', target, ...locked], options);
}
