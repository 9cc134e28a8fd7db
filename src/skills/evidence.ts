import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { schemaFindings } from './schema-findings.js';
import type { Evidence } from './skill.js';

const evidenceSchema = z.record(
  z.string(),
  z.strictObject({ evidence: z.enum(['command', 'executed']), by: z.string().min(1) }),
);

export interface EvidenceBook {
  /** By skill id; skills that are not in it are `declared`. */
  readonly entries: Readonly<Record<string, Evidence>>;
  readonly findings: readonly Finding[];
}

/** Reads `evidence.json` of a skill root: which test ran a skill, or compared its command line. Absent: nothing did. */
export async function readEvidence(root: string): Promise<EvidenceBook> {
  const file = join(root, 'evidence.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return { entries: {}, findings: [] };
    return { entries: {}, findings: [errorFinding('skill.invalid', 'cannot be read', { file })] };
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { entries: {}, findings: [errorFinding('skill.invalid', `not JSON: ${reason}`, { file })] };
  }
  const parsed = evidenceSchema.safeParse(document);
  if (parsed.success) return { entries: parsed.data, findings: [] };
  return { entries: {}, findings: schemaFindings(parsed.error, document, { file }) };
}
