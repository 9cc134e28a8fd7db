import { describe, expect, it } from 'vitest';
import { activateInputs } from '../../../../src/skills/boutiques/active-inputs.js';
import { buildArgv } from '../../../../src/skills/boutiques/build-argv.js';
import { readDescriptor } from '../../../../src/skills/boutiques/read-descriptor.js';
import { programDigest } from '../../../../src/skills/program-digest.js';
import { descriptor } from '../make-skill.js';

const fields = {
  'command-line': 'register [RIGID] [SYN] -o /out/warped',
  inputs: [
    { id: 'type', name: 'T', type: 'String', 'value-choices': ['rigid', 'syn'] },
    { id: 'fixed', name: 'F', type: 'File', 'value-key': '[FIXED]' },
    { id: 'levels', name: 'L', type: 'Number', 'value-key': '[LEVELS]', list: true, 'list-separator': 'x' },
    { id: 'sigmas', name: 'S', type: 'Number', 'value-key': '[SIGMAS]', list: true, 'list-separator': 'x' },
  ],
  custom: {
    neuroclaw: {
      sections: [
        {
          key: '[RIGID]',
          when: "type == 'rigid' or type == 'syn'",
          words: '-t rigid -m MI[[FIXED],1] -f [LEVELS]',
        },
        { key: '[SYN]', when: "type == 'syn'", words: '-t syn -s [SIGMAS]vox' },
      ],
      'same-length': [['levels', 'sigmas']],
    },
  },
};
const inputs = { fixed: '/in/fixed/a [SYN] b.nii', levels: [4, 2], sigmas: [2, 1] };

describe('sections of a command line', () => {
  it('stand there where their condition holds, and vanish with all their words where it does not', () => {
    const tool = descriptor(fields);
    const rigid = ['register', '-t', 'rigid', '-m', 'MI[/in/fixed/a [SYN] b.nii,1]', '-f', '4x2'];
    expect(buildArgv(tool, { inputs: { ...inputs, type: 'rigid' }, outputs: {} })).toEqual([
      ...rigid,
      '-o',
      '/out/warped',
    ]);
    expect(buildArgv(tool, { inputs: { ...inputs, type: 'syn' }, outputs: {} })).toEqual([
      ...rigid,
      '-t',
      'syn',
      '-s',
      '2x1vox',
      '-o',
      '/out/warped',
    ]);
  });

  it('are part of the program, and a descriptor without them keeps its digest', () => {
    const tool = descriptor(fields);
    const other = structuredClone(tool);
    other.custom!.neuroclaw!.sections![0]!.when = "type == 'rigid'";
    expect(programDigest({ descriptor: other })).not.toBe(programDigest({ descriptor: tool }));
    const plain = descriptor({});
    expect(programDigest({ descriptor: plain })).toBe(
      programDigest({ descriptor: { ...plain, custom: { neuroclaw: { 'repeat-flag': [] } } } }),
    );
  });

  it.each([
    [{ key: '[NOWHERE]', when: "type == 'syn'", words: '-x' }, /\[NOWHERE\] is not in the command line/],
    [{ key: '[SYN]', when: 'kind == 1', words: '-x' }, /`kind` in `kind == 1` is no input/],
    [{ key: '[SYN]', when: "type == 'syn'", words: '-x | sh' }, /needs a shell/],
    [{ key: '[SYN]', when: "type == 'syn'", words: '-x [UNKNOWN]' }, /\[UNKNOWN\] is no value-key/],
  ])('that cannot be used are named: %j', (section, message) => {
    const broken = { ...descriptor(fields), custom: { neuroclaw: { sections: [section] } } };
    const { findings } = readDescriptor(JSON.stringify(broken), { file: 'tool.json' });
    expect(findings.map((finding) => finding.message).join('\n')).toMatch(message);
  });
});

describe('lists of the same length', () => {
  it('are held to it before the program starts', () => {
    const tool = descriptor(fields);
    expect(activateInputs(tool, inputs, {}).conflicts).toEqual([]);
    expect(activateInputs(tool, { ...inputs, sigmas: [3, 2, 1] }, {}).conflicts).toEqual([
      {
        input: 'sigmas',
        message: 'levels has 2 values and sigmas has 3',
        expected: 'as many values in levels, sigmas',
      },
    ]);
  });

  it('must be lists', () => {
    const broken = { ...descriptor(fields), custom: { neuroclaw: { 'same-length': [['levels', 'type']] } } };
    const { findings } = readDescriptor(JSON.stringify(broken), { file: 'tool.json' });
    expect(findings.map((finding) => finding.message).join('\n')).toMatch(/type is no input that is a list/);
  });
});
