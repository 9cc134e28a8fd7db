import { constants, open } from 'node:fs/promises';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { InputMount, LicenseFile } from './runtime.js';

/** Where a licence file is mounted: `FS_LICENSE` of the contracts names it. */
export const licenseToolPath = 'in/license/license.txt';

export function licenseMount(file: string): InputMount {
  return { hostPath: file, toolPath: licenseToolPath };
}

/** Bytes of a licence file that are looked at: more than any licence is long. */
const HEAD = 4096;
/** Of ASCII: what stands before it shows nothing either. */
const SPACE = 0x20;

/**
 * What is wrong with a licence file as this machine shows it: not configured, not there, not readable, without any text.
 * Takes milliseconds. It is looked at for being blank; nothing of its text is kept.
 */
export async function licenseFileProblems({ tool, file }: LicenseFile): Promise<Finding[]> {
  const problem = (message: string, expected: string): Finding[] => [
    licenseProblem({ tool, file }, message, expected),
  ];
  if (file === undefined)
    return problem(
      `no ${tool} licence is configured`,
      'the path of a licence file: freesurfer_license in config.yaml, or FS_LICENSE',
    );
  try {
    // Not waiting: a pipe with nobody at the other end would hold everything up.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) return problem(`the ${tool} licence is not a file`, 'a text file');
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
      if (!buffer.subarray(0, bytesRead).some((byte) => byte > SPACE))
        return problem(`the ${tool} licence file is empty`, 'the text that came by e-mail');
    } finally {
      await handle.close();
    }
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(nodeErrorCode(error) ?? '');
    return problem(
      `the ${tool} licence file ${missing ? 'is not there' : 'may not be read by you'}`,
      missing ? 'the file that came by e-mail' : 'a file that this user may read',
    );
  }
  return [];
}

export function licenseProblem({ file }: LicenseFile, message: string, expected: string): Finding {
  return errorFinding('preflight.license', message, file === undefined ? undefined : { file }, expected);
}
