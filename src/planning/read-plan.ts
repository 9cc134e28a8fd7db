import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { planSchema, type Plan } from './plan.js';
import { problemsOf } from './schema-problems.js';

/**
 * Reads a plan from parsed JSON. Throws plan.invalid with every problem as a finding: the file, the field as a path,
 * what would be right.
 *
 * @param file where the JSON came from, for messages
 */
export function parsePlan(json: unknown, file: string): Plan {
  const parsed = planSchema.safeParse(json);
  const findings: Finding[] = parsed.success
    ? stageProblems(parsed.data, file)
    : problemsOf(parsed.error, json).map(({ field, message, expected }) =>
        errorFinding('plan.invalid', `${field}: ${message}`, { file, field }, expected),
      );
  const first = findings[0];
  if (first === undefined && parsed.success) return parsed.data;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  throw new NeuroClawError('plan.invalid', `${file} is not a sound plan: ${first?.message ?? ''}${more}`, {
    place: first?.place ?? { file },
    ...(first?.expected === undefined ? {} : { expected: first.expected }),
    findings,
  });
}

/** What the schema cannot say: stages have names of their own and work on what came before them. */
function stageProblems(plan: Plan, file: string): Finding[] {
  const findings: Finding[] = [];
  const before = new Set<string>();
  for (const [index, stage] of plan.stages.entries()) {
    if (before.has(stage.id))
      findings.push(
        errorFinding('plan.invalid', `two stages are called ${stage.id}`, {
          file,
          field: `stages[${index}].id`,
        }),
      );
    if ('stage' in stage.data && !before.has(stage.data.stage))
      findings.push(
        errorFinding(
          'plan.invalid',
          `stage ${stage.id} works on ${stage.data.stage}, which is no stage before it`,
          { file, field: `stages[${index}].data.stage` },
          before.size === 0 ? 'a dataset: there is no stage before' : `one of ${[...before].join(', ')}`,
        ),
      );
    before.add(stage.id);
  }
  return findings;
}
