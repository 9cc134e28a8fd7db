import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { sha256OfJson, type JsonObject, type JsonValue } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import type { CheckSpec } from '../skills/contract.js';
import type { Check, CheckSubject } from './check.js';
import { FileFacts } from './file-facts.js';
import { gradientChecks } from './gradient-checks.js';
import { niftiChecks } from './nifti-checks.js';
import { textChecks } from './text-checks.js';

/** Every check there is. */
export const allChecks: readonly Check[] = [...textChecks, ...niftiChecks, ...gradientChecks];

const byName = new Map(allChecks.map((check) => [check.name, check]));

export interface CheckResult {
  readonly check: string;
  readonly version: number;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly values?: JsonObject;
}

export function knownCheck(name: string): boolean {
  return byName.has(name);
}

/** What is wrong with a check as a contract writes it: an unknown name, arguments that do not fit. */
export function validateCheckSpec(spec: CheckSpec): Finding[] {
  const check = byName.get(spec.check);
  if (check === undefined) {
    const near = nearest(spec.check, byName.keys());
    return [
      errorFinding(
        'skill.invalid',
        `no check ${spec.check}${near === undefined ? '' : `; did you mean ${near}?`}`,
        { field: 'checks' },
      ),
    ];
  }
  const parsed = check.args.safeParse(spec.args);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) =>
    errorFinding('skill.invalid', `check ${spec.check}: ${issue.message}`, {
      field: `checks.${issue.path.map(String).join('.')}`,
    }),
  );
}

/** Runs checks on one output. Files are opened and scanned once for all of them. Never throws for what a file holds. */
export async function runChecks(subject: CheckSubject, specs: readonly CheckSpec[]): Promise<CheckResult[]> {
  const facts = new FileFacts();
  const results: CheckResult[] = [];
  for (const spec of specs) results.push(await runCheck(subject, spec, facts));
  return results;
}

async function runCheck(subject: CheckSubject, spec: CheckSpec, facts: FileFacts): Promise<CheckResult> {
  const invalid = validateCheckSpec(spec);
  const check = byName.get(spec.check);
  if (check === undefined || invalid.length > 0)
    return { check: spec.check, version: 0, ok: false, findings: invalid };
  try {
    const { findings, values } = await check.run(subject, check.args.parse(spec.args), facts);
    const ok = !findings.some((finding) => finding.severity === 'error');
    return {
      check: check.name,
      version: check.version,
      ok,
      findings,
      ...(values === undefined ? {} : { values }),
    };
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    const finding = {
      ...errorFinding(error.code, error.message, error.place, error.expected),
      code: check.name,
    };
    return { check: check.name, version: check.version, ok: false, findings: [finding] };
  }
}

/** Digest of checks with their versions and arguments: another one means that results are verified again. */
export function checksDigest(specs: readonly CheckSpec[]): string {
  return sha256OfJson(
    specs.map((spec): JsonValue => ({
      check: spec.check,
      version: byName.get(spec.check)?.version ?? 0,
      args: spec.args as JsonValue,
    })),
  );
}
