import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobCall } from '../../src/environments/runtime.js';
import { newAttemptId } from '../../src/kernel/ids.js';

/** A call with everything a job needs, in an attempt folder of its own below `folder`. */
export async function makeCall(
  folder: string,
  call: Partial<JobCall> & Pick<JobCall, 'argv'>,
): Promise<JobCall> {
  const attempt = newAttemptId();
  const attemptFolder = join(folder, attempt);
  for (const name of ['out', 'scratch']) await mkdir(join(attemptFolder, name), { recursive: true });
  await chmod(attemptFolder, 0o755);
  return {
    attempt,
    store: `test-${attempt}`,
    run: 'run',
    job: 'stage/step',
    inputs: [],
    folder: attemptFolder,
    env: {},
    cpus: 1,
    memoryMb: 256,
    walltimeS: 60,
    gpu: false,
    network: false,
    stdout: join(attemptFolder, 'stdout.log'),
    stderr: join(attemptFolder, 'stderr.log'),
    ...call,
  };
}
