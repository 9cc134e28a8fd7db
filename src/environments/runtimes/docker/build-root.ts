import { execa, type ExecaError } from 'execa';
import { NeuroClawError, nodeErrorCode } from '../../../kernel/errors.js';
import { debianSources } from './debian-sources.js';
import type { Recipe } from './recipe.js';

/** What differs between machines or moments and no tool reads: gone from the image, so that equal packages are equal. */
const cleaning = [
  'rm -f "$1/etc/hostname" "$1/etc/resolv.conf" "$1/etc/apt/sources.list" "$1/etc/apt/apt.conf.d/99mmdebstrap"',
  'find "$1/etc/apt/sources.list.d" "$1/var/log" "$1/var/cache" -mindepth 1 -delete',
  'mkdir -p "$1/in" "$1/out" "$1/scratch" "$1/skill" "$1/home/neuroclaw"',
];

/**
 * The command that builds a root file system as a tar. A pure function: what is run can be shown and tested.
 *
 * @param packages folder of Python packages that become `/opt/python`
 */
export function buildArgv(
  recipe: Recipe,
  sources: readonly string[],
  tar: string,
  packages?: string,
): string[] {
  return [
    'mmdebstrap',
    '--format=tar',
    `--variant=${recipe.variant}`,
    `--include=${recipe.packages.join(',')}`,
    '--components=main',
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    ...(recipe.valid_until === 'ignored' ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : []),
    ...recipe.exclude.map((path) => `--dpkgopt=path-exclude=${path}`),
    // The programs of packages name the Python of the machine that fetched them; `python3 -m` starts them.
    ...(packages === undefined
      ? []
      : [
          '--customize-hook=mkdir -p "$1/opt/python"',
          `--customize-hook=copy-in ${packages}/. /opt/python`,
          '--customize-hook=rm -rf "$1/opt/python/bin" "$1/opt/python/.lock"; chown -R 0:0 "$1/opt/python"; chmod -R u=rwX,go=rX "$1/opt/python"',
        ]),
    ...cleaning.map((hook) => `--customize-hook=${hook}`),
    recipe.suite,
    tar,
    ...sources,
  ];
}

/**
 * Builds the root file system of a recipe with mmdebstrap and the machine's own Debian mirrors (about 50 s). With the
 * same package versions the bytes are the same: dates are those of `recipe.epoch`.
 *
 * Throws `preflight.builder` without mmdebstrap, `container.build` with the last lines it said, `job.cancelled`.
 */
export async function buildRoot(
  recipe: Recipe,
  tar: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
  packages?: string,
): Promise<void> {
  const epochS = Math.floor(Date.parse(recipe.epoch) / 1000);
  if (epochS * 1000 > Date.now()) {
    throw new NeuroClawError(
      'environment.invalid',
      `the epoch ${recipe.epoch} of the recipe is in the future`,
      {
        expected: 'a date that the clock of this machine has passed',
      },
    );
  }
  const [program = '', ...args] = buildArgv(recipe, await debianSources(recipe.suite), tar, packages);
  const said: string[] = [];
  try {
    const building = execa(program, args, {
      env: { SOURCE_DATE_EPOCH: String(epochS), LC_ALL: 'C.UTF-8' },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      buffer: false,
      cancelSignal: signal,
      // It unmounts and removes its own folder when asked to end.
      forceKillAfterDelay: 20_000,
    });
    for await (const line of building.iterable({ from: 'stderr' })) {
      said.push(line);
      if (said.length > 20) said.shift();
      if (line.startsWith('I: ')) onProgress(line.slice(3));
    }
    await building;
  } catch (error) {
    if (signal.aborted) throw new NeuroClawError('job.cancelled', 'building an image was cancelled');
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode((error as ExecaError).cause) === 'ENOENT') {
      throw new NeuroClawError('preflight.builder', 'mmdebstrap was not found', { cause: error });
    }
    const why = said.filter((line) => line.startsWith('E: ')).join(' ') || said.slice(-3).join(' ');
    throw new NeuroClawError('container.build', `mmdebstrap failed: ${why}`, { cause: error });
  }
}
