import { checksDigest, runChecks, type CheckResult } from '../checks/catalog.js';
import type { Finding } from '../kernel/findings.js';
import { sha256OfJson, type JsonValue } from '../kernel/json.js';
import type { Skill } from '../skills/skill.js';
import { checkSubject, type PreparedJob } from './prepare-job.js';
import type { StoredOutput } from './store.js';

/** The checks of a job's outputs and what they found. Stored as checks.json. */
export interface Verification {
  /** Digest of the checks themselves: another one means that committed outputs are verified again. */
  readonly digest: string;
  readonly ok: boolean;
  readonly results: readonly (CheckResult & { readonly output: string })[];
}

/** Digest over the checks of a skill with their versions. Not part of any key: a changed check reruns no tool. */
export function verificationDigest(skill: Skill): string {
  return sha256OfJson(
    Object.entries(skill.contract.outputs).map(([id, output]): JsonValue => [
      id,
      checksDigest(output.checks),
    ]),
  );
}

/** Runs the checks of every output that is there. `folder` holds `out/`. */
export async function verifyOutputs(
  prepared: PreparedJob,
  folder: string,
  outputs: readonly StoredOutput[],
): Promise<Verification> {
  const results: (CheckResult & { output: string })[] = [];
  for (const output of outputs) {
    const contract = prepared.skill.contract.outputs[output.id];
    if (output.absent || contract === undefined) continue;
    const found = await runChecks(checkSubject(prepared, folder, output.id), contract.checks);
    results.push(...found.map((result) => ({ ...result, output: output.id })));
  }
  return { digest: verificationDigest(prepared.skill), ok: results.every((result) => result.ok), results };
}

/** The findings of failed checks, with the place in words of the job. */
export function failedFindings(verification: Verification, prepared: PreparedJob): Finding[] {
  return verification.results
    .filter((result) => !result.ok)
    .flatMap((result) => result.findings)
    .map((finding) => ({
      ...finding,
      place: { ...finding.place, job: prepared.job.id, skill: prepared.skill.id },
    }));
}
