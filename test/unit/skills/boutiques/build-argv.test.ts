import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/kernel/json.js';
import { buildArgv } from '../../../../src/skills/boutiques/build-argv.js';
import { descriptor } from '../make-skill.js';

type Fields = Readonly<Record<string, unknown>>;

/** argv of `tool [X]` (or another line) with one input and one value. */
function argv(input: Fields, value: JsonValue | undefined, line = 'tool [X]', fields: Fields = {}): string[] {
  const tool = descriptor({
    'command-line': line,
    inputs: [{ id: 'x', name: 'X', type: 'String', 'value-key': '[X]', optional: true, ...input }],
    ...fields,
  });
  return buildArgv(tool, { inputs: value === undefined ? {} : { x: value }, outputs: {} });
}

describe('one value', () => {
  it('stands for its key', () => {
    expect(argv({}, 'a')).toEqual(['tool', 'a']);
  });

  it('follows its flag as a token of its own', () => {
    expect(argv({ 'command-line-flag': '-x' }, 'a')).toEqual(['tool', '-x', 'a']);
    expect(argv({ 'command-line-flag': '-x', 'command-line-flag-separator': ' ' }, 'a')).toEqual([
      'tool',
      '-x',
      'a',
    ]);
  });

  it('is one token with its flag where the separator joins', () => {
    expect(argv({ 'command-line-flag': '--x', 'command-line-flag-separator': '=' }, 'a b')).toEqual([
      'tool',
      '--x=a b',
    ]);
    expect(argv({ 'command-line-flag': '-x', 'command-line-flag-separator': '' }, '5')).toEqual([
      'tool',
      '-x5',
    ]);
  });

  it('is put inside a longer word', () => {
    expect(argv({}, 'a b', 'tool --in=[X].nii')).toEqual(['tool', '--in=a b.nii']);
    expect(argv({}, 'add', 'tool -[X] file')).toEqual(['tool', '-add', 'file']);
  });

  it('takes its word with it when it is absent', () => {
    expect(argv({ 'command-line-flag': '-x' }, undefined, 'tool a [X] b')).toEqual(['tool', 'a', 'b']);
    expect(argv({}, undefined, 'tool --in=[X] b')).toEqual(['tool', 'b']);
    expect(argv({}, undefined, 'tool "[X]"')).toEqual(['tool']);
  });

  it('stands wherever its key stands', () => {
    expect(argv({}, 'a', 'tool [X] -mul [X]')).toEqual(['tool', 'a', '-mul', 'a']);
  });

  it('is never read for keys of other inputs', () => {
    const tool = descriptor({
      'command-line': 'tool [X] [Y]',
      inputs: [
        { id: 'x', name: 'X', type: 'String', 'value-key': '[X]' },
        { id: 'y', name: 'Y', type: 'String', 'value-key': '[Y]' },
      ],
    });
    expect(buildArgv(tool, { inputs: { x: '[Y]', y: '[X]' }, outputs: {} })).toEqual(['tool', '[Y]', '[X]']);
  });

  it('keeps the other value of a word when one of two is absent', () => {
    const tool = descriptor({
      'command-line': 'tool [X][Y]',
      inputs: [
        { id: 'x', name: 'X', type: 'String', 'value-key': '[X]' },
        { id: 'y', name: 'Y', type: 'String', 'value-key': '[Y]', optional: true },
      ],
    });
    expect(buildArgv(tool, { inputs: { x: 'a' }, outputs: {} })).toEqual(['tool', 'a']);
  });

  it('writes numbers as they are, negative ones too', () => {
    const number = { type: 'Number', 'command-line-flag': '-n' };
    expect(argv(number, -1.5)).toEqual(['tool', '-n', '-1.5']);
    expect(argv(number, 0)).toEqual(['tool', '-n', '0']);
    expect(argv(number, 1e-7)).toEqual(['tool', '-n', '1e-7']);
  });
});

describe('flags', () => {
  const flag = { type: 'Flag', 'command-line-flag': '--force' };

  it('appear when true and vanish when false or absent', () => {
    expect(argv(flag, true)).toEqual(['tool', '--force']);
    expect(argv(flag, false)).toEqual(['tool']);
    expect(argv(flag, undefined)).toEqual(['tool']);
  });

  it('of several words become several tokens', () => {
    expect(argv({ type: 'Flag', 'command-line-flag': '-o json' }, true)).toEqual(['tool', '-o', 'json']);
  });
});

describe('lists', () => {
  const list = { list: true, 'command-line-flag': '-x' };

  it('follow one flag as tokens of their own', () => {
    expect(argv(list, ['a', 'b c'])).toEqual(['tool', '-x', 'a', 'b c']);
  });

  it('are one token where the list separator joins', () => {
    expect(argv({ ...list, 'list-separator': ',' }, ['a', 'b'])).toEqual(['tool', '-x', 'a,b']);
    expect(argv({ ...list, 'list-separator': ',', 'command-line-flag-separator': '=' }, ['a', 'b'])).toEqual([
      'tool',
      '-x=a,b',
    ]);
  });

  it('repeat their flag where custom.neuroclaw says so', () => {
    const custom = { custom: { neuroclaw: { 'repeat-flag': ['x'] } } };
    expect(argv(list, ['a', 'b'], 'tool [X] end', custom)).toEqual(['tool', '-x', 'a', '-x', 'b', 'end']);
    expect(argv({ ...list, 'command-line-flag-separator': '=' }, ['a', 'b'], 'tool [X]', custom)).toEqual([
      'tool',
      '-x=a',
      '-x=b',
    ]);
  });

  it('without values say nothing, not even their flag', () => {
    expect(argv(list, [])).toEqual(['tool']);
  });
});

describe('inputs that exclude each other', () => {
  it('may share a key', () => {
    const tool = descriptor({
      'command-line': 'tool [MODE]',
      inputs: [
        {
          id: 'a',
          name: 'A',
          type: 'String',
          'value-key': '[MODE]',
          'command-line-flag': '-a',
          optional: true,
        },
        {
          id: 'b',
          name: 'B',
          type: 'String',
          'value-key': '[MODE]',
          'command-line-flag': '-b',
          optional: true,
        },
      ],
      groups: [{ id: 'mode', name: 'Mode', members: ['a', 'b'], 'mutually-exclusive': true }],
    });
    expect(buildArgv(tool, { inputs: { a: '1' }, outputs: {} })).toEqual(['tool', '-a', '1']);
    expect(buildArgv(tool, { inputs: { b: '2' }, outputs: {} })).toEqual(['tool', '-b', '2']);
  });
});

describe('output files', () => {
  it('with a value-key are written into the command line', () => {
    const tool = descriptor({
      'command-line': 'tool [TEXT] [OUT]',
      'output-files': [
        {
          id: 'out',
          name: 'Out',
          'path-template': '/out/a b.nii',
          'value-key': '[OUT]',
          'command-line-flag': '-o',
        },
      ],
    });
    expect(buildArgv(tool, { inputs: { text: 'x' }, outputs: { out: '/out/a b.nii' } })).toEqual([
      'tool',
      'x',
      '-o',
      '/out/a b.nii',
    ]);
    expect(buildArgv(tool, { inputs: { text: 'x' }, outputs: {} })).toEqual(['tool', 'x']);
  });
});

describe('whatever the values are', () => {
  /** Texts that a shell would take apart, beside any other text. */
  const nasty = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a b',
      "it's",
      '"q"',
      '; rm -rf /',
      '$(id)',
      '`id`',
      'a\nb',
      '\t',
      '',
      '[X]',
      '*',
      '-o',
      'ü/é',
      '|',
    ),
  );

  it('a text is exactly one token, unchanged', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        expect(argv({ 'command-line-flag': '-x' }, value, 'tool a [X] b')).toEqual([
          'tool',
          'a',
          '-x',
          value,
          'b',
        ]);
        expect(argv({}, value, 'tool --x=[X]')).toEqual(['tool', `--x=${value}`]);
      }),
    );
  });

  it('a list of n texts is n tokens, 2n with a repeated flag, 1 when joined', () => {
    const custom = { custom: { neuroclaw: { 'repeat-flag': ['x'] } } };
    const flagged = { list: true, 'command-line-flag': '-x' };
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 6 }), (values) => {
        expect(argv(flagged, values)).toEqual(['tool', '-x', ...values]);
        expect(argv(flagged, values, 'tool [X]', custom)).toEqual([
          'tool',
          ...values.flatMap((value) => ['-x', value]),
        ]);
        expect(argv({ ...flagged, 'list-separator': ':' }, values)).toEqual(['tool', '-x', values.join(':')]);
      }),
    );
  });

  it('the argv holds no undefined and no empty token that was not given', () => {
    const input = fc.record({
      type: fc.constantFrom('String', 'Number', 'Flag'),
      flag: fc.option(fc.constantFrom('-f', '--flag')),
      separator: fc.option(fc.constantFrom('=', ' ', '', ': ')),
      list: fc.boolean(),
      listSeparator: fc.option(fc.constantFrom(',', ' ', '; ')),
      given: fc.boolean(),
      place: fc.constantFrom('%', '--in=%', '%.nii', '"%"'),
    });
    fc.assert(
      fc.property(fc.array(input, { maxLength: 5 }), fc.string({ minLength: 1 }), (inputs, text) => {
        const documents = inputs.map((one, index) => ({
          id: `i${index}`,
          name: 'Input',
          type: one.type,
          'value-key': `[I${index}]`,
          optional: true,
          ...(one.flag !== null || one.type === 'Flag' ? { 'command-line-flag': one.flag ?? '-g' } : {}),
          ...(one.separator !== null && one.flag !== null
            ? { 'command-line-flag-separator': one.separator }
            : {}),
          ...(one.list && one.type !== 'Flag' ? { list: true } : {}),
          ...(one.list && one.type !== 'Flag' && one.listSeparator !== null
            ? { 'list-separator': one.listSeparator }
            : {}),
        }));
        const line = ['tool', ...inputs.map((one, index) => one.place.replace('%', `[I${index}]`))].join(' ');
        const tool = descriptor({ 'command-line': line, inputs: documents });
        const values: Record<string, JsonValue> = {};
        inputs.forEach((one, index) => {
          const item = { String: text, Number: index - 2, Flag: index % 2 === 0 }[one.type] ?? text;
          if (one.given) values[`i${index}`] = one.list && one.type !== 'Flag' ? [item, item] : item;
        });
        const tokens = buildArgv(tool, { inputs: values, outputs: {} });
        expect(tokens.every((token) => typeof token === 'string' && token !== '')).toBe(true);
      }),
    );
  });
});
