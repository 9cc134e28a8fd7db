import { runChecks } from '../checks/catalog.js';
import type { Finding } from '../kernel/findings.js';
import type { PreparedJob } from './prepare-job.js';

/**
 * What the checks that a contract has for its inputs find, before the program starts. They read other inputs by role,
 * as checks of outputs do.
 */
export async function inputCheckProblems(prepared: PreparedJob, signal: AbortSignal): Promise<Finding[]> {
  const { job, skill, inputs } = prepared;
  const findings: Finding[] = [];
  for (const [role, { checks }] of Object.entries(skill.contract.inputs)) {
    if (checks.length === 0) continue;
    for (const path of inputs[role] ?? []) {
      const subject = {
        output: role,
        kind: skill.contract.inputs[role]?.kind ?? 'any',
        path,
        inputs,
        outputs: {},
        params: job.params,
        sidecar: job.context,
      };
      const results = await runChecks(subject, checks, { signal });
      findings.push(
        ...results
          .flatMap((result) => result.findings)
          .filter(({ severity }) => severity === 'error')
          .map((finding) => ({ ...finding, place: { ...finding.place, skill: skill.id, field: role } })),
      );
    }
  }
  return findings;
}
