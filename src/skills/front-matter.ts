import { parse } from 'yaml';
import { z } from 'zod';
import { errorFinding, type Finding, type Place } from '../kernel/findings.js';
import { schemaFindings } from './schema-findings.js';

/** The Agent Skills format (https://agentskills.io/specification); other fields are allowed and not read. */
const frontMatter = z.looseObject({
  name: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected lower-case letters, digits and single hyphens'),
  description: z.string().min(1).max(1024),
});

export interface SkillDocument {
  readonly name: string;
  readonly description: string;
  readonly body: string;
}

/** Reads SKILL.md: YAML front matter between `---` lines, then Markdown. */
export function readSkillDocument(
  text: string,
  place: Place,
): { readonly document?: SkillDocument; readonly findings: readonly Finding[] } {
  const match = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  if (!match)
    return {
      findings: [
        errorFinding('skill.invalid', 'has no front matter', place, 'name and description between --- lines'),
      ],
    };
  let raw: unknown;
  try {
    raw = parse(match[1] ?? '');
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { findings: [errorFinding('skill.invalid', `the front matter is not YAML: ${reason}`, place)] };
  }
  const parsed = frontMatter.safeParse(raw);
  if (!parsed.success) return { findings: schemaFindings(parsed.error, raw, place) };
  const { name, description } = parsed.data;
  return { document: { name, description, body: text.slice(match[0].length) }, findings: [] };
}
