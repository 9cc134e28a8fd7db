import type { Finding, Severity } from '../kernel/findings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';

/**
 * Turns what bids-validator-deno says (`{issues, messages}` of the skill `bids/validate-schema`) into findings. Codes
 * are `bids.<CODE>` as those of the other validator; the key or column that a rule speaks of is `place.field`. Undefined:
 * no list of issues. What the validator was told to ignore is left out.
 */
export function schemaValidatorFindings(report: unknown): Finding[] | undefined {
  if (!isJsonObject(report) || !Array.isArray(report['issues'])) return undefined;
  const messages = isJsonObject(report['messages']) ? report['messages'] : {};
  return (report['issues'] as JsonValue[]).flatMap((issue) =>
    isJsonObject(issue) && issue['severity'] !== 'ignore' ? [findingOf(issue, messages)] : [],
  );
}

function findingOf(issue: JsonObject, messages: JsonObject): Finding {
  const code = text(issue['code']) ?? 'UNKNOWN';
  const field = text(issue['subCode']);
  const file = text(issue['location'])?.replace(/^\/+/, '');
  const line = issue['line'];
  const about = text(messages[code]) ?? text(issue['issueMessage']) ?? 'the validator gave no reason';
  const more = text(issue['issueMessage']);
  // Recommended keys come with their whole description, which a list of hundreds has no room for.
  const detail =
    more === undefined || more === about || more.startsWith('Field description:') ? '' : `: ${more}`;
  const said = `${about}${field === undefined ? '' : ` (${field})`}${detail}`;
  return {
    code: `bids.${code}`,
    severity: severityOf(issue['severity']),
    message: said.length <= 400 ? said : `${said.slice(0, 400)}…`,
    ...(file === undefined && field === undefined
      ? {}
      : {
          place: {
            ...(file === undefined ? {} : { file }),
            ...(typeof line === 'number' && line > 0 ? { line } : {}),
            ...(field === undefined ? {} : { field }),
          },
        }),
  };
}

/** An unknown word counts as an error: better one too many than one unseen. */
function severityOf(value: JsonValue | undefined): Severity {
  return value === 'warning' ? 'warning' : value === 'info' ? 'info' : 'error';
}

function text(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value.replace(/\s+/g, ' ').trim();
  return line === '' ? undefined : line;
}
