import { describe, expect, it } from 'vitest';
import { readDescriptor } from '../../../../src/skills/boutiques/read-descriptor.js';
import { descriptorDocument } from '../make-skill.js';

type Fields = Readonly<Record<string, unknown>>;

function problems(
  fields: Fields,
): { field: string | undefined; message: string; expected: string | undefined }[] {
  const { descriptor, findings } = readDescriptor(JSON.stringify(descriptorDocument(fields)), {
    file: '/s/tool.json',
    skill: 'a/b',
  });
  expect(descriptor === undefined).toBe(findings.some((finding) => finding.severity === 'error'));
  for (const finding of findings) expect(finding.place).toMatchObject({ file: '/s/tool.json', skill: 'a/b' });
  return findings.map(({ place, message, expected }) => ({ field: place?.field, message, expected }));
}

const text = { id: 'text', name: 'Text', type: 'String', 'value-key': '[TEXT]' };
const number = { id: 'n', name: 'N', type: 'Number', 'value-key': '[N]', optional: true };
const withNumber = (extra: Fields): Fields => ({
  'command-line': 'tool [TEXT] [N]',
  inputs: [text, { ...number, ...extra }],
});
const out = (extra: Fields): Fields => ({ 'output-files': [{ id: 'out', name: 'Out', ...extra }] });

describe('a sound descriptor', () => {
  it('has no findings', () => {
    expect(problems({})).toEqual([]);
  });

  it('may hold what Boutiques has for containers, tests and people', () => {
    expect(
      problems({
        author: 'A. Uthor',
        'container-image': { type: 'docker', image: 'x' },
        tags: { domain: ['mri'] },
        tests: [],
        'error-codes': [{ code: 2, description: 'bad input' }],
      }),
    ).toEqual([]);
  });
});

describe('a broken descriptor names its field', () => {
  it('when it is not JSON', () => {
    const { descriptor, findings } = readDescriptor('{"name": ', { file: 'tool.json' });
    expect(descriptor).toBeUndefined();
    expect(findings[0]?.message).toMatch(/^not JSON: /);
    expect(findings[0]?.place).toEqual({ file: 'tool.json' });
  });

  it.each<[string, Fields, string, RegExp]>([
    ['an unknown field', { comandline: 'x' }, 'comandline', /not a field that is known/],
    ['an unknown field of an input', { inputs: [{ ...text, sort: 1 }] }, 'inputs[0].sort', /of text/],
    ['a wrong type', { inputs: [{ ...text, optional: 'yes' }] }, 'inputs[0].optional', /boolean/],
    ['an unknown input type', { inputs: [{ ...text, type: 'Text' }] }, 'inputs[0].type', /String/],
    ['another schema', { 'schema-version': '0.4' }, 'schema-version', /0\.5/],
    ['a missing command line', { 'command-line': undefined }, 'command-line', /string/],
    ['a line that needs a shell', { 'command-line': 'tool [TEXT] | cat' }, 'command-line', /a pipe/],
    ['an id used twice', out({ id: 'text', 'path-template': '/out/x' }), 'output-files.text', /used twice/],
    [
      'a value-key used twice',
      { inputs: [text, { ...number, 'value-key': '[TEXT]' }] },
      'inputs.n.value-key',
      /value-key of text/,
    ],
    [
      'a value-key that is nowhere',
      { inputs: [text, number] },
      'inputs.n.value-key',
      /neither in the command line/,
    ],
    [
      'an input without a value-key',
      { 'command-line': 'tool x', inputs: [{ ...text, 'value-key': undefined }] },
      'inputs.text.value-key',
      /never reach/,
    ],
    [
      'a Flag without a flag',
      withNumber({ type: 'Flag' }),
      'inputs.n.command-line-flag',
      /missing for a Flag/,
    ],
    [
      'a minimum above the maximum',
      withNumber({ minimum: 3, maximum: 2 }),
      'inputs.n.minimum',
      /above the maximum/,
    ],
    [
      'an exclusive bound without the bound',
      withNumber({ 'exclusive-minimum': true }),
      'inputs.n.exclusive-minimum',
      /no minimum/,
    ],
    [
      'a default out of range',
      withNumber({ minimum: 0, 'default-value': -1 }),
      'inputs.n.default-value',
      /is -1/,
    ],
    [
      'a default that is no choice',
      withNumber({ 'value-choices': [1, 2], 'default-value': 3 }),
      'inputs.n.default-value',
      /is 3/,
    ],
    ['a range on a text', { inputs: [{ ...text, minimum: 1 }] }, 'inputs.text.minimum', /Number only/],
    [
      'a list separator without a list',
      withNumber({ 'list-separator': ',' }),
      'inputs.n.list-separator',
      /lists only/,
    ],
    [
      'a separator without a flag',
      withNumber({ 'command-line-flag-separator': '=' }),
      'inputs.n.command-line-flag-separator',
      /no command-line-flag/,
    ],
    [
      'a required input that does not exist',
      withNumber({ 'requires-inputs': ['texd'] }),
      'inputs.n.requires-inputs',
      /no input texd/,
    ],
    [
      'a rule for a value that is no choice',
      withNumber({ 'value-choices': [1], 'value-requires': { '2': ['text'] } }),
      'inputs.n.value-requires',
      /2 is not one/,
    ],
    [
      'a group of unknown members',
      { groups: [{ id: 'g', name: 'G', members: ['text', 'm'] }] },
      'groups.g.members',
      /no input m/,
    ],
    [
      'an output outside /out',
      out({ 'path-template': 'x.nii' }),
      'output-files.out.path-template',
      /not below \/out/,
    ],
    [
      'an output that is a pattern',
      out({ 'path-template': '/out/*.nii' }),
      'output-files.out.path-template',
      /pattern/,
    ],
    ['an output without a path', out({}), 'output-files.out.path-template', /exactly one/],
    [
      'a required output without a default path',
      out({ 'conditional-path-template': [{ "text == 'a'": '/out/a' }] }),
      'output-files.out.conditional-path-template',
      /needs a "default"/,
    ],
    [
      'a condition that cannot be read',
      out({ 'conditional-path-template': [{ 'text ==': '/out/a' }, { default: '/out/b' }] }),
      'output-files.out.conditional-path-template',
      /ends too early/,
    ],
    [
      'a configuration file',
      out({ 'path-template': '/out/x', 'file-template': ['a'] }),
      'output-files.out.file-template',
      /not written/,
    ],
    [
      'a repeated flag on a single value',
      { custom: { neuroclaw: { 'repeat-flag': ['text'] } } },
      'custom.neuroclaw.repeat-flag',
      /cannot repeat/,
    ],
    [
      'an unknown extension of ours',
      { custom: { neuroclaw: { repeat: [] } } },
      'custom.neuroclaw.repeat',
      /not a field/,
    ],
  ])('%s', (_, fields, field, message) => {
    const found = problems(fields);
    expect(found.map((problem) => problem.field)).toContain(field);
    expect(found.find((problem) => problem.field === field)?.message).toMatch(message);
  });

  it('and a misspelt key in the command line gets the near one', () => {
    expect(problems({ 'command-line': 'tool [TEXT] [TEX]' })).toEqual([
      { field: 'command-line', message: 'command-line: [TEX] is no value-key', expected: '[TEXT]' },
    ]);
  });

  it('and every problem is told, not only the first', () => {
    const found = problems({
      ...withNumber({ minimum: 0, 'default-value': -1, 'requires-inputs': ['x'] }),
      ...out({ 'path-template': 'x' }),
    });
    expect(found.map((problem) => problem.field)).toEqual([
      'inputs.n.default-value',
      'output-files.out.path-template',
      'inputs.n.requires-inputs',
    ]);
  });

  it('and environment variables are told to belong elsewhere', () => {
    const { descriptor, findings } = readDescriptor(
      JSON.stringify(descriptorDocument({ 'environment-variables': [{ name: 'A', value: '1' }] })),
      {},
    );
    expect(descriptor).toBeDefined();
    expect(findings).toMatchObject([{ severity: 'warning', place: { field: 'environment-variables' } }]);
  });
});
