import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { CAPABILITIES, type Capability } from './capability.js';
import { artifactKind, skillId } from './contract.js';

/** What providers of a capability take and give, `skills/.capabilities/<id>.yaml`. */
const capabilitySchema: z.ZodType<Capability> = z.strictObject({
  schema: z.literal('neuroclaw/capability@1'),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string().min(1),
  /** What the result means, whoever makes it. */
  description: z.string().min(1),
  inputs: z.record(
    z.string(),
    z.strictObject({
      kind: artifactKind,
      optional: z.boolean().default(false),
      description: z.string().min(1),
    }),
  ),
  outputs: z.record(
    z.string(),
    z.strictObject({
      kind: artifactKind,
      /** Not every provider makes it. */
      optional: z.boolean().default(false),
      description: z.string().min(1),
    }),
  ),
  params: z
    .record(z.string(), z.strictObject({ description: z.string().min(1), unit: z.string().optional() }))
    .default({}),
  /** Which provider is taken first, where a pipeline does not say. */
  prefer: z.array(skillId).min(1),
});

/** Contracts of capabilities of a root; a broken one is a finding and hides no other. */
export async function loadCapabilities(
  root: string,
): Promise<{ readonly capabilities: readonly Capability[]; readonly findings: readonly Finding[] }> {
  const folder = join(root, CAPABILITIES);
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return { capabilities: [], findings: [] };
    return {
      capabilities: [],
      findings: [errorFinding('skill.invalid', 'the capabilities cannot be listed', { file: folder })],
    };
  }
  const read = await Promise.all(names.map((name) => readCapability(folder, name)));
  return {
    capabilities: read.flatMap((one) => ('capability' in one ? [one.capability] : [])),
    findings: read.flatMap((one) => ('findings' in one ? one.findings : [])),
  };
}

async function readCapability(
  folder: string,
  name: string,
): Promise<{ readonly capability: Capability } | { readonly findings: readonly Finding[] }> {
  const file = join(folder, name);
  const broken = (
    message: string,
    field = '(the whole document)',
    expected?: string,
  ): { findings: Finding[] } => ({
    findings: [errorFinding('skill.invalid', `${field}: ${message}`, { file, field }, expected)],
  });
  let document: unknown;
  try {
    document = parse(await readFile(file, 'utf8'));
  } catch (error) {
    return broken(`is not YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
  const parsed = capabilitySchema.safeParse(document);
  const [issue] = parsed.error?.issues ?? [];
  if (!parsed.success) return broken(issue?.message ?? 'is broken', issue?.path.join('.'));
  const { id } = parsed.data;
  return name === `${id}.yaml`
    ? { capability: parsed.data }
    : broken(`${id} is not its name`, 'id', name.slice(0, -5));
}
