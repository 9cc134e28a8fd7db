import { access, constants, stat } from 'node:fs/promises';
import { errorFinding, type Finding } from '../../../kernel/findings.js';
import type { ContainerEngine } from './engine.js';
import { probe } from './probe.js';

export interface LicenseCheck {
  /** For people: `FreeSurfer`. */
  readonly tool: string;
  /** Absolute path on this machine; undefined where nothing is configured. */
  readonly file: string | undefined;
  /** Image id of the environment whose tool will read it. */
  readonly image: string;
}

/** Where a licence file is mounted: `FS_LICENSE` names it. */
export const licenseToolPath = 'in/license/license.txt';

/**
 * Makes sure, before a job that needs it starts, that a licence file can be read inside the container, as the user of
 * the jobs: a file that only root of this machine reads, or one on a share the engine does not see, fails here and not
 * after six hours. Its text is never read by us, so it can reach no key, log, trace or archive.
 *
 * @returns `preflight.license` findings; none where all is well
 */
export async function checkLicense(
  engine: ContainerEngine,
  check: LicenseCheck,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { tool, file } = check;
  const wrong = (message: string, expected: string): Finding[] => [
    errorFinding('preflight.license', message, file === undefined ? undefined : { file }, expected),
  ];
  if (file === undefined) return wrong(`no ${tool} licence is configured`, 'the path of a licence file');
  try {
    const found = await stat(file);
    if (!found.isFile()) return wrong(`the ${tool} licence is not a file`, 'a text file');
    if (found.size === 0) return wrong(`the ${tool} licence file is empty`, 'the text that came by e-mail');
    await access(file, constants.R_OK);
  } catch {
    return wrong(`the ${tool} licence file is missing or may not be read`, 'a file that this user may read');
  }
  const { exit } = await probe(
    engine,
    {
      image: check.image,
      argv: ['test', '-r', `/${licenseToolPath}`],
      env: {},
      inputs: [{ hostPath: file, toolPath: licenseToolPath }],
    },
    signal,
  );
  if (exit.reason === 'exited' && exit.exitCode === 0) return [];
  const why = exit.message === undefined ? '' : `: ${exit.message}`;
  return wrong(
    `the ${tool} licence file cannot be read inside the container${why}`,
    'a file that the user of the jobs may read, on a disk that the container engine sees',
  );
}
