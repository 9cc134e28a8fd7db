import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexDataset } from '../bids/index-dataset.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { newAttemptId } from '../kernel/ids.js';
import { resolveCall } from '../skills/resolve.js';
import type { NeuroClaw } from './neuroclaw.js';

export interface ValidationReport {
  readonly validator: string;
  readonly version: string;
  readonly findings: readonly Finding[];
}

/** Runs the skill `bids/validate` on a dataset outside of any run: nothing is keyed, committed or kept. */
export async function validateDataset(
  root: string,
  app: NeuroClaw,
  signal: AbortSignal,
): Promise<ValidationReport> {
  const dataset = await indexDataset(root, { signal });
  const { skills, environments, runtimes } = await app.world();
  const skill = skills.skills.get('bids/validate');
  const environment = skill === undefined ? undefined : environments.get(skill.contract.environment);
  if (skill === undefined || environment === undefined) {
    throw new NeuroClawError(
      'skill.unknown',
      'the skill bids/validate or its environment is missing from this installation',
    );
  }
  const call = resolveCall(skill, { params: {}, inputs: { dataset: '/in/dataset' } });
  const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-validate-'));
  try {
    await mkdir(join(folder, 'out'));
    await mkdir(join(folder, 'scratch'));
    const open = await runtimes.open(environment);
    const exit = await open.run(
      {
        attempt: newAttemptId(),
        store: 'none',
        run: 'none',
        job: 'bids/validate',
        argv: call.argv,
        inputs: dataset.files.map(({ path }) => ({
          hostPath: join(dataset.root, path),
          toolPath: `in/dataset/${path}`,
        })),
        folder,
        env: skill.contract.env,
        cpus: 1,
        memoryMb: skill.contract.resources.memory_mb,
        walltimeS: skill.contract.resources.walltime_s,
        gpu: false,
        network: false,
        stdout: join(folder, 'stdout.log'),
        stderr: join(folder, 'stderr.log'),
      },
      signal,
    );
    if (exit.reason !== 'exited' || exit.exitCode !== 0) {
      const stderr = (await readFile(join(folder, 'stderr.log'), 'utf8')).trim();
      const code = exit.reason === 'cancelled' ? 'job.cancelled' : 'job.tool';
      throw new NeuroClawError(
        code,
        `the validator ended with ${exit.reason} ${exit.exitCode ?? ''}: ${stderr.slice(-500)}`,
      );
    }
    const report = call.outputs.find((output) => output.id === 'report');
    return JSON.parse(await readFile(join(folder, 'out', report?.path ?? ''), 'utf8')) as ValidationReport;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
