import { access, constants, stat } from 'node:fs/promises';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { InputMount, LicenseFile } from './runtime.js';

/** Where a licence file is mounted: `FS_LICENSE` of the contracts names it. */
const licenseToolPath = 'in/license/license.txt';

export function licenseMount(file: string): InputMount {
  return { hostPath: file, toolPath: licenseToolPath };
}

/**
 * What is wrong with a licence file as this machine shows it: not configured, not there, empty, not readable. Takes
 * milliseconds. Its text is never read by us, so it can reach no key, log, trace or archive.
 */
export async function licenseFileProblems({ tool, file }: LicenseFile): Promise<Finding[]> {
  if (file === undefined)
    return [
      licenseProblem(
        { tool, file },
        `no ${tool} licence is configured`,
        'the path of a licence file: freesurfer_license in config.yaml, or FS_LICENSE',
      ),
    ];
  try {
    const found = await stat(file);
    if (!found.isFile())
      return [licenseProblem({ tool, file }, `the ${tool} licence is not a file`, 'a text file')];
    if (found.size === 0)
      return [
        licenseProblem({ tool, file }, `the ${tool} licence file is empty`, 'the text that came by e-mail'),
      ];
    await access(file, constants.R_OK);
  } catch {
    return [
      licenseProblem(
        { tool, file },
        `the ${tool} licence file is missing or may not be read`,
        'a file that this user may read',
      ),
    ];
  }
  return [];
}

export function licenseProblem({ file }: LicenseFile, message: string, expected: string): Finding {
  return errorFinding('preflight.license', message, file === undefined ? undefined : { file }, expected);
}
