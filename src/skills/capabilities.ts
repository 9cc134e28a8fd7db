import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { nearest } from '../kernel/text.js';
import { artifactKind, skillId, type ArtifactKind, type Provision } from './contract.js';
import type { Skill } from './skill.js';

/** What providers of a capability take and give, `skills/.capabilities/<id>.yaml`. */
export const capabilitySchema = z.strictObject({
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
export type Capability = z.infer<typeof capabilitySchema>;

/** Folder of the contracts of capabilities below a root of skills. */
const FOLDER = '.capabilities';

/** Contracts of capabilities of a root; a broken one is a finding and hides no other. */
export async function loadCapabilities(
  root: string,
): Promise<{ readonly capabilities: readonly Capability[]; readonly findings: readonly Finding[] }> {
  const folder = join(root, FOLDER);
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

/** What a skill calls a role, output or parameter of a capability. */
export function ownName(provision: Provision, part: 'inputs' | 'outputs' | 'params', name: string): string {
  return provision[part][name] ?? name;
}

/**
 * What a skill says it provides and does not hold: a capability without a contract, roles and outputs that one of the
 * two does not have, kinds that differ, roles that nobody could fill.
 */
export function provisionProblems(skill: Skill, capabilities: ReadonlyMap<string, Capability>): Finding[] {
  const findings: Finding[] = [];
  const { provides, inputs, outputs, capabilities: tags } = skill.contract;
  const parameters = skill.descriptor.inputs.flatMap((input) => (input.type === 'File' ? [] : [input.id]));
  for (const [id, provision] of Object.entries(provides)) {
    const say = (field: string, message: string, expected?: string): void => {
      const place = {
        file: join(skill.folder, 'skill.yaml'),
        field: `provides.${id}${field}`,
        skill: skill.id,
      };
      findings.push(errorFinding('skill.invalid', message, place, expected));
    };
    const capability = capabilities.get(id);
    if (capability === undefined) {
      say(
        '',
        `there is no capability ${id}`,
        nearest(id, capabilities.keys()) ?? 'a file in skills/.capabilities',
      );
      continue;
    }
    if (!tags.includes(id)) say('', `${id} is not among its capabilities`, `capabilities: [${id}]`);
    const match = (
      part: 'inputs' | 'outputs',
      theirs: Readonly<Record<string, { kind: ArtifactKind; optional: boolean }>>,
      own: Readonly<Record<string, { kind: ArtifactKind }>>,
    ): void => {
      for (const name of Object.keys(provision[part]))
        if (theirs[name] === undefined)
          say(`.${part}.${name}`, `${id} has no ${name}`, Object.keys(theirs).join(', '));
      for (const [name, { kind, optional }] of Object.entries(theirs)) {
        const mine = own[ownName(provision, part, name)];
        if (mine === undefined) {
          if (provision[part][name] !== undefined || (part === 'outputs' && !optional))
            say(
              `.${part}.${name}`,
              `${skill.id} has no ${ownName(provision, part, name)}`,
              Object.keys(own).join(', '),
            );
        } else if (mine.kind !== kind)
          say(
            `.${part}.${name}`,
            `${ownName(provision, part, name)} is ${mine.kind}, ${id} has ${kind}`,
            kind,
          );
      }
    };
    match('inputs', capability.inputs, inputs);
    match('outputs', capability.outputs, outputs);
    for (const [name, own] of Object.entries(provision.params)) {
      if (capability.params[name] === undefined)
        say(`.params.${name}`, `${id} has no parameter ${name}`, Object.keys(capability.params).join(', '));
      if (!parameters.includes(own))
        say(`.params.${name}`, `${skill.id} has no parameter ${own}`, nearest(own, parameters));
    }
    for (const name of Object.keys(provision.set))
      if (!parameters.includes(name))
        say(`.set.${name}`, `${skill.id} has no parameter ${name}`, nearest(name, parameters));
    const reachable = new Set(
      Object.keys(capability.inputs).map((name) => ownName(provision, 'inputs', name)),
    );
    for (const [role, { optional }] of Object.entries(inputs))
      if (!optional && !reachable.has(role))
        say('.inputs', `no role of ${id} fills ${role}, which ${skill.id} needs`, `inputs: {…: ${role}}`);
  }
  return findings;
}
