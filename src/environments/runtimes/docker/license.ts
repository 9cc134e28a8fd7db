import type { Finding } from '../../../kernel/findings.js';
import { licenseFileProblems, licenseMount, licenseProblem } from '../../license-file.js';
import type { LicenseFile } from '../../runtime.js';
import type { ContainerEngine } from './engine.js';
import { probe } from './probe.js';

export interface LicenseCheck extends LicenseFile {
  /** Image id of the environment whose tool will read it. */
  readonly image: string;
}

/**
 * Makes sure, before a job that needs it starts, that a licence file can be read inside the container, as the user of
 * the jobs: a file that only root of this machine reads, or one on a share the engine does not see, fails here and not
 * after six hours.
 *
 * @returns `preflight.license` findings; none where all is well
 */
export async function checkLicense(
  engine: ContainerEngine,
  check: LicenseCheck,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { tool, file } = check;
  const findings = await licenseFileProblems(check);
  if (file === undefined || findings.length > 0) return findings;
  const mount = licenseMount(file);
  const { exit } = await probe(
    engine,
    {
      image: check.image,
      argv: ['test', '-s', `/${mount.toolPath}`, '-a', '-r', `/${mount.toolPath}`],
      env: {},
      inputs: [mount],
    },
    signal,
  );
  if (exit.reason === 'exited' && exit.exitCode === 0) return [];
  const why = exit.message === undefined ? '' : `: ${exit.message}`;
  return [
    licenseProblem(
      check,
      `the ${tool} licence file cannot be read inside the container${why}`,
      'a file that the user of the jobs may read, on a disk that the container engine sees',
    ),
  ];
}
