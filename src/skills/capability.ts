import { join } from 'node:path';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { nearest } from '../kernel/text.js';
import type { ArtifactKind, Provision } from './contract.js';
import type { Skill } from './skill.js';

/** Folder of the contracts of capabilities below a root of skills. */
export const CAPABILITIES = '.capabilities';

/** One role or output of a capability. */
export interface CapabilityFile {
  readonly kind: ArtifactKind;
  /** A role that not every provider takes; an output that not every one makes. */
  readonly optional: boolean;
  readonly description: string;
}

/** What providers of a capability take and give, `skills/.capabilities/<id>.yaml`. */
export interface Capability {
  readonly schema: 'neuroclaw/capability@1';
  readonly id: string;
  readonly title: string;
  /** What the result means, whoever makes it. */
  readonly description: string;
  readonly inputs: Readonly<Record<string, CapabilityFile>>;
  readonly outputs: Readonly<Record<string, CapabilityFile>>;
  readonly params: Readonly<
    Record<string, { readonly description: string; readonly unit?: string | undefined }>
  >;
  /** Which provider is taken first, where a pipeline does not say. */
  readonly prefer: readonly string[];
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
        } else if (kind !== 'any' && mine.kind !== kind)
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
