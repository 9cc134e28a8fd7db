import type { Finding } from '../kernel/findings.js';
import { isJsonObject } from '../kernel/json.js';

/** One issue of bids-validator 1.x: a code and the files that it concerns. */
interface LegacyIssue {
  readonly key?: string;
  readonly reason?: string;
  readonly severity?: string;
  readonly files?: readonly LegacyFile[];
}

interface LegacyFile {
  readonly file?: { readonly relativePath?: string; readonly name?: string } | null;
  readonly evidence?: unknown;
  readonly reason?: string;
  readonly line?: number | null;
}

/** Turns `{errors, warnings}` of bids-validator 1.x into findings, one for each file that an issue concerns. */
export function validatorFindings(issues: unknown): Finding[] {
  if (!isJsonObject(issues)) return [];
  // A dataset that is no dataset at all gets one issue in place of the two lists.
  const errors = Array.isArray(issues['errors'])
    ? (issues['errors'] as LegacyIssue[])
    : [issues as LegacyIssue];
  const warnings = Array.isArray(issues['warnings']) ? (issues['warnings'] as LegacyIssue[]) : [];
  return [
    ...errors.flatMap((issue) => issueFindings(issue, 'error')),
    ...warnings.flatMap((issue) => issueFindings(issue, 'warning')),
  ];
}

function issueFindings(issue: LegacyIssue, severity: 'error' | 'warning'): Finding[] {
  const code = `bids.${issue.key ?? 'UNKNOWN'}`;
  const message = sentence(issue.reason ?? 'the validator gave no reason');
  const files = issue.files ?? [];
  if (files.length === 0) return [{ code, severity, message }];
  return files.map((entry) => {
    const path = entry.file?.relativePath ?? entry.file?.name;
    const evidence =
      typeof entry.evidence === 'string' && entry.evidence.trim() !== ''
        ? `: ${entry.evidence.trim().slice(0, 300)}`
        : '';
    return {
      code,
      severity,
      message: `${sentence(entry.reason ?? issue.reason ?? message)}${evidence}`,
      place: {
        ...(path === undefined ? {} : { file: path.replace(/^\//, '') }),
        ...(typeof entry.line === 'number' ? { line: entry.line } : {}),
      },
    };
  });
}

function sentence(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
