import type { Finding, Severity } from '../kernel/findings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';

/**
 * Turns the result of bids-validator 1.x into findings, one for each file that an issue concerns. Takes the whole
 * result (`{issues, summary}`) or its issues (`{errors, warnings}`, or the one issue that stands in their place when
 * a folder is no dataset at all). Codes are `bids.<KEY>`; files relative to the root of the dataset.
 */
export function validatorFindings(result: unknown): Finding[] {
  if (!isJsonObject(result)) return [];
  const issues = isJsonObject(result['issues']) ? result['issues'] : result;
  if (issues['errors'] === undefined && issues['warnings'] === undefined) {
    return typeof issues['key'] === 'string' ? issueFindings(issues, 'error') : [];
  }
  return [
    ...objects(issues['errors']).flatMap((issue) => issueFindings(issue, 'error')),
    ...objects(issues['warnings']).flatMap((issue) => issueFindings(issue, 'warning')),
  ];
}

function issueFindings(issue: JsonObject, severity: Severity): Finding[] {
  const key = text(issue['key']) ?? 'UNKNOWN';
  const help = text(issue['helpUrl']);
  const suggestion = suggestions[key] ?? (help === undefined ? undefined : `see ${help}`);
  const common = {
    code: `bids.${key}`,
    severity,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
  const reason = text(issue['reason']) ?? 'the validator gave no reason';
  const files = objects(issue['files']);
  if (files.length === 0) return [{ ...common, message: reason }];
  const findings: Finding[] = files.map((entry) => {
    const evidence = text(entry['evidence']);
    const said = text(entry['reason']) ?? reason;
    const place = placeOf(entry);
    return {
      ...common,
      message: evidence === undefined ? said : `${said}: ${shortened(evidence)}`,
      ...(place === undefined ? {} : { place }),
    };
  });
  const more = issue['additionalFileCount'];
  if (typeof more === 'number' && more > 0) {
    findings.push({ ...common, message: `${reason} (${more} more files)` });
  }
  return findings;
}

function placeOf(entry: JsonObject): Finding['place'] {
  const file = isJsonObject(entry['file']) ? entry['file'] : undefined;
  const path = text(file?.['relativePath']) ?? text(file?.['name']);
  if (path === undefined) return undefined;
  const line = entry['line'];
  return {
    file: path.replace(/^\/+/, ''),
    ...(typeof line === 'number' && line > 0 ? { line } : {}),
  };
}

/** What to do about the issues that people meet most; for all others the validator's own page. */
const suggestions: Readonly<Record<string, string>> = {
  CUSTOM_COLUMN_WITHOUT_DESCRIPTION: 'describe the columns in a JSON file of the same name',
  EMPTY_FILE: 'put the content back, or remove the file',
  EVENTS_TSV_MISSING: 'add an events.tsv with onset and duration, unless the run is at rest',
  INCONSISTENT_SUBJECTS: 'check whether files were lost; if they were never recorded, ignore this',
  JSON_INVALID: 'correct the syntax of the JSON file',
  MISSING_SESSION: 'check whether a session was lost; if it never took place, ignore this',
  NOT_INCLUDED: 'rename the file as BIDS names it, or list it in .bidsignore',
  NO_AUTHORS: 'list the authors in dataset_description.json',
  QUICK_VALIDATION_FAILED: 'check that this is the root of a BIDS dataset, with folders sub-<label>',
  README_FILE_MISSING: 'add a README that says what the data are',
  README_FILE_SMALL: 'say more in the README about what the data are',
  SLICE_TIMING_NOT_DEFINED: 'add SliceTiming (seconds) to the sidecar if slices were acquired one by one',
};

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** One line, or undefined where there is nothing. */
function text(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value.replace(/\s+/g, ' ').trim();
  return line === '' ? undefined : line;
}

function shortened(evidence: string): string {
  return evidence.length <= 300 ? evidence : `${evidence.slice(0, 300)}…`;
}
