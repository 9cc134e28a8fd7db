import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexDataset } from '../bids/index-dataset.js';
import { schemaValidatorFindings } from '../bids/schema-validator-findings.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { newAttemptId } from '../kernel/ids.js';
import { stageProgram } from '../skills/program-files.js';
import { resolveCall } from '../skills/resolve.js';
import type { NeuroClaw } from './neuroclaw.js';

export interface ValidationReport {
  readonly validator: string;
  readonly version: string;
  /** Version of the BIDS schema, of the validator that reads it. */
  readonly schema?: string;
  readonly findings: readonly Finding[];
}

/** `legacy`: bids-validator 1.x, which comes with the product; `schema`: bids-validator-deno, which reads the BIDS schema. */
export type ValidatorName = 'legacy' | 'schema';

const validators: Readonly<Record<ValidatorName, string>> = {
  legacy: 'bids/validate',
  schema: 'bids/validate-schema',
};

/** Runs a validator's skill on a dataset outside of any run: nothing is keyed, committed or kept. */
export async function validateDataset(
  root: string,
  app: NeuroClaw,
  signal: AbortSignal,
  name: ValidatorName = 'legacy',
): Promise<ValidationReport> {
  const id = validators[name];
  const dataset = await indexDataset(root, { signal });
  const { skills, environments, runtimes } = await app.world();
  const skill = skills.skills.get(id);
  const environment = skill === undefined ? undefined : environments.get(skill.contract.environment);
  if (skill === undefined || environment === undefined) {
    throw new NeuroClawError(
      'skill.unknown',
      `the skill ${id} or its environment is missing from this installation`,
    );
  }
  const call = resolveCall(skill, { params: {}, inputs: { dataset: '/in/dataset' } });
  const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-validate-'));
  try {
    await mkdir(join(folder, 'out'));
    await mkdir(join(folder, 'scratch'));
    const open = await runtimes.open(environment);
    const program = skill.program.length > 0 ? { skillFolder: join(folder, 'program') } : {};
    if (program.skillFolder !== undefined) await stageProgram(skill.program, program.skillFolder);
    const exit = await open.run(
      {
        ...program,
        attempt: newAttemptId(),
        store: 'none',
        run: 'none',
        job: id,
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
    const said = JSON.parse(
      await readFile(join(folder, 'out', report?.path ?? ''), 'utf8'),
    ) as ValidationReport;
    if (name === 'legacy') return said;
    const { validator, version, schema } = said;
    return {
      validator,
      version,
      ...(schema === undefined ? {} : { schema }),
      findings: schemaValidatorFindings(said) ?? [],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
