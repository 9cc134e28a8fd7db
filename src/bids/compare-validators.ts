import type { Finding } from '../kernel/findings.js';

/** What one validator found in a file and the other did not, or both found. */
export interface ValidatorDifference {
  /** Relative to the root; empty for the dataset as a whole. */
  readonly file: string;
  /** `bids.<CODE>`, of the schema validator where both have a name for it. */
  readonly code: string;
  readonly by: 'legacy' | 'schema';
  readonly severity: Finding['severity'];
}

/** Codes of the legacy validator, and what the schema validator calls the same mistake. */
const correspond: Readonly<Record<string, string>> = {
  CUSTOM_COLUMN_WITHOUT_DESCRIPTION: 'TSV_ADDITIONAL_COLUMNS_UNDEFINED',
};

/**
 * Where two validators disagree, by file and code: what both say of the same file is left out, also where they call it
 * differently. Each file and code counts once, however often it was found; sorted.
 */
export function compareValidators(
  legacy: readonly Finding[],
  schema: readonly Finding[],
): ValidatorDifference[] {
  const [mine, theirs] = [gather(legacy, 'legacy'), gather(schema, 'schema')];
  const only = (
    from: Map<string, ValidatorDifference>,
    other: Map<string, ValidatorDifference>,
  ): ValidatorDifference[] => [...from].flatMap(([key, each]) => (other.has(key) ? [] : [each]));
  return [...only(mine, theirs), ...only(theirs, mine)].sort((a, b) =>
    [a.severity, a.file, a.code, a.by].join('\0') < [b.severity, b.file, b.code, b.by].join('\0') ? -1 : 1,
  );
}

function gather(findings: readonly Finding[], by: 'legacy' | 'schema'): Map<string, ValidatorDifference> {
  const found = new Map<string, ValidatorDifference>();
  for (const { code, severity, place } of findings) {
    const bare = code.replace(/^bids\./, '');
    const name = `bids.${by === 'legacy' ? (correspond[bare] ?? bare) : bare}`;
    const file = place?.file ?? '';
    const key = `${file}\n${name}`;
    if (!found.has(key)) found.set(key, { file, code: name, by, severity });
  }
  return found;
}
