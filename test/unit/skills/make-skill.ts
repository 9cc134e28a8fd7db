import { skillContract } from '../../../src/skills/contract.js';
import { readDescriptor } from '../../../src/skills/boutiques/read-descriptor.js';
import type { Descriptor } from '../../../src/skills/boutiques/schema.js';
import { Skill } from '../../../src/skills/skill.js';

type Fields = Readonly<Record<string, unknown>>;

/** A descriptor document with one required text input, with the given fields put in. */
export function descriptorDocument(fields: Fields = {}): Fields {
  return {
    name: 'tool',
    description: 'A tool for tests.',
    'tool-version': '1.0',
    'schema-version': '0.5',
    'command-line': 'tool [TEXT]',
    inputs: [{ id: 'text', name: 'Text', type: 'String', 'value-key': '[TEXT]' }],
    ...fields,
  };
}

/** A checked descriptor; throws where it is not sound. */
export function descriptor(fields: Fields = {}): Descriptor {
  const read = readDescriptor(JSON.stringify(descriptorDocument(fields)), {});
  if (!read.descriptor) throw new Error(JSON.stringify(read.findings, null, 1));
  return read.descriptor;
}

/** A skill `test/tool` around a descriptor. Roles and outputs of the contract follow the descriptor. */
export function makeSkill(fields: Fields = {}, contractFields: Fields = {}): Skill {
  const tool = descriptor(fields);
  const files = tool.inputs.filter((input) => input.type === 'File');
  const contract = skillContract.parse({
    id: 'test/tool',
    version: '1.0.0',
    family: 'test',
    capabilities: ['testing'],
    environment: 'test',
    executables: ['tool'],
    inputs: Object.fromEntries(
      files.map((input) => [input.id, { kind: 'nifti', list: input.list, optional: input.optional }]),
    ),
    outputs: Object.fromEntries(
      tool['output-files'].map((output) => [output.id, { kind: 'nifti', optional: output.optional }]),
    ),
    determinism: 'bitwise',
    ...(tool['output-files'].length === 0 ? { outputs: { said: { kind: 'text' } }, stdout: 'said' } : {}),
    ...contractFields,
  });
  return new Skill({
    folder: '/skills/test/tool',
    contract,
    descriptor: tool,
    name: 'tool',
    description: 'A tool for tests.',
    body: 'When to use it.',
  });
}
