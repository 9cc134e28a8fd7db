import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, hasErrors, type Finding } from '../kernel/findings.js';
import { sha256OfJson, type JsonObject, type JsonValue } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import type { CheckSpec } from '../skills/contract.js';
import type { Check, CheckSubject } from './check.js';
import { blinksCheck } from './blinks-check.js';
import { coordinateChecks } from './coordinate-checks.js';
import { connectomeChecks } from './connectome-checks.js';
import { defaceCheck } from './deface-check.js';
import { dicomChecks } from './dicom-checks.js';
import { diffusionChecks } from './diffusion-checks.js';
import { diffusionReferenceChecks } from './diffusion-reference-checks.js';
import { electrophysiologyTableChecks } from './electrophysiology-tables.js';
import { FileFacts } from './file-facts.js';
import { glmChecks } from './glm-checks.js';
import { fixelChecks } from './fixel-checks.js';
import { folderChecks } from './folder-checks.js';
import { freesurferChecks } from './freesurfer-checks.js';
import { functionalChecks } from './functional-checks.js';
import { geometryChecks } from './geometry-checks.js';
import { gradientChecks } from './gradient-checks.js';
import { gridChecks } from './grid-checks.js';
import { jsonRangeCheck } from './json-range-check.js';
import { jsonValuesCheck } from './json-values-check.js';
import { labelChecks } from './label-checks.js';
import { mifChecks } from './mif-checks.js';
import { mifVoxelChecks } from './mif-voxel-checks.js';
import { motionChecks } from './motion-checks.js';
import { recordingChecks } from './recording-checks.js';
import { recordingSignalChecks } from './recording-signal-checks.js';
import { overlapChecks } from './overlap-checks.js';
import { referenceChecks } from './reference-checks.js';
import { registrationChecks } from './registration-checks.js';
import { realignmentChecks } from './realignment-checks.js';
import { phaseEncodingChecks } from './phase-encoding-checks.js';
import { pictureCheck } from './picture-check.js';
import { sidecarCheck } from './sidecar-check.js';
import { spectrumChecks } from './spectrum-checks.js';
import { tableChecks } from './table-checks.js';
import { tableReferenceChecks } from './table-reference-checks.js';
import { seriesReferenceCheck } from './series-reference-check.js';
import { textChecks } from './text-checks.js';
import { tissueChecks } from './tissue-checks.js';
import { tractogramChecks } from './tractogram-checks.js';
import { treeChecks } from './tree-checks.js';
import { voxelChecks } from './voxel-checks.js';

/** Every check there is. */
export const allChecks: readonly Check[] = [
  ...textChecks,
  jsonRangeCheck,
  jsonValuesCheck,
  ...tableChecks,
  ...tableReferenceChecks,
  seriesReferenceCheck,
  sidecarCheck,
  pictureCheck,
  ...voxelChecks,
  ...gridChecks,
  ...gradientChecks,
  ...mifVoxelChecks,
  ...mifChecks,
  ...tractogramChecks,
  ...connectomeChecks,
  ...glmChecks,
  ...functionalChecks,
  ...motionChecks,
  ...diffusionChecks,
  ...diffusionReferenceChecks,
  ...registrationChecks,
  ...referenceChecks,
  ...labelChecks,
  ...overlapChecks,
  ...dicomChecks,
  defaceCheck,
  ...tissueChecks,
  ...fixelChecks,
  ...geometryChecks,
  ...recordingChecks,
  ...recordingSignalChecks,
  blinksCheck,
  ...spectrumChecks,
  ...electrophysiologyTableChecks,
  ...realignmentChecks,
  ...phaseEncodingChecks,
  ...folderChecks,
  ...treeChecks,
  ...coordinateChecks,
  ...freesurferChecks,
];

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

/**
 * Runs checks on one output, in order. Files are opened and scanned once for all of them, in bounded memory. What a
 * file holds never throws: a file that cannot be read fails the check that asks first, and leaves those undecided (not
 * ok, with a note) that ask for it after.
 */
export async function runChecks(
  subject: CheckSubject,
  specs: readonly CheckSpec[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<CheckResult[]> {
  const facts = new FileFacts(options.signal);
  const told = new Set<unknown>();
  const results: CheckResult[] = [];
  for (const spec of specs) {
    options.signal?.throwIfAborted();
    results.push(await runCheck(subject, spec, facts, told));
  }
  return results;
}

async function runCheck(
  subject: CheckSubject,
  spec: CheckSpec,
  facts: FileFacts,
  told: Set<unknown>,
): Promise<CheckResult> {
  const invalid = validateCheckSpec(spec);
  const check = byName.get(spec.check);
  if (check === undefined || invalid.length > 0)
    return { check: spec.check, version: check?.version ?? 0, ok: false, findings: invalid };
  const result = (findings: readonly Finding[], ok: boolean): CheckResult => ({
    check: check.name,
    version: check.version,
    ok,
    findings,
  });
  try {
    const { findings, values } = await check.run(subject, check.args.parse(spec.args), facts);
    return { ...result(findings, !hasErrors(findings)), ...(values === undefined ? {} : { values }) };
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    const known = told.has(error);
    told.add(error);
    const finding = errorFinding(error.code, error.message, error.place, error.expected);
    const note = 'not decided: the file could not be read';
    return result(
      [{ ...finding, code: check.name, ...(known ? { severity: 'info', message: note } : {}) }],
      false,
    );
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
