import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/kernel/json.js';
import { parseCondition } from '../../../../src/skills/boutiques/condition.js';
import { outputPaths } from '../../../../src/skills/boutiques/output-paths.js';
import { descriptor } from '../make-skill.js';

type Fields = Readonly<Record<string, unknown>>;

function paths(output: Fields, values: Readonly<Record<string, JsonValue>>): Record<string, string> {
  return outputPaths(
    descriptor({
      'command-line': 'tool [IMAGE] [LABEL] [N]',
      inputs: [
        { id: 'image', name: 'Image', type: 'File', 'value-key': '[IMAGE]' },
        { id: 'label', name: 'Label', type: 'String', 'value-key': '[LABEL]', optional: true },
        { id: 'n', name: 'N', type: 'Number', 'value-key': '[N]', optional: true },
      ],
      'output-files': [{ id: 'out', name: 'Out', ...output }],
    }),
    values,
  );
}

describe('paths of output files', () => {
  it('take the base name of a file, without the stripped extensions', () => {
    const output = {
      'path-template': '/out/[IMAGE]_brain.nii.gz',
      'path-template-stripped-extensions': ['.nii', '.nii.gz'],
    };
    expect(paths(output, { image: '/in/image/sub-01 a_T1w.nii.gz' })).toEqual({
      out: '/out/sub-01 a_T1w_brain.nii.gz',
    });
    expect(paths(output, { image: '/in/image/x.nii' })).toEqual({ out: '/out/x_brain.nii.gz' });
  });

  it('strip an extension at the end only', () => {
    const output = { 'path-template': '/out/[IMAGE]', 'path-template-stripped-extensions': ['.nii'] };
    expect(paths(output, { image: '/in/image/a.nii.old.nii' })).toEqual({ out: '/out/a.nii.old' });
  });

  it('take texts and numbers as they are', () => {
    expect(
      paths({ 'path-template': '/out/[LABEL]_[N].nii' }, { image: '/in/x', label: 'a b', n: 2 }),
    ).toEqual({
      out: '/out/a b_2.nii',
    });
  });

  it('are left out when they name an input without a value', () => {
    expect(paths({ 'path-template': '/out/[LABEL].nii', optional: true }, { image: '/in/x' })).toEqual({});
  });

  it('take the first condition that holds, else the default', () => {
    const output = {
      'conditional-path-template': [
        { 'n > 8': '/out/many.nii' },
        { "label == 'mean' or n == 1": '/out/mean.nii' },
        { default: '/out/other.nii' },
      ],
    };
    expect(paths(output, { image: '/in/x', label: 'mean', n: 9 })).toEqual({ out: '/out/many.nii' });
    expect(paths(output, { image: '/in/x', label: 'mean', n: 3 })).toEqual({ out: '/out/mean.nii' });
    expect(paths(output, { image: '/in/x', label: 'sum', n: 3 })).toEqual({ out: '/out/other.nii' });
    expect(paths(output, { image: '/in/x' })).toEqual({ out: '/out/other.nii' });
  });
});

describe('conditions', () => {
  const ids = new Map([
    ['a', 'a'],
    ['[A]', 'a'],
    ['b', 'b'],
    ['flag', 'flag'],
  ]);
  const holds = (text: string, values: Readonly<Record<string, JsonValue>>): boolean =>
    parseCondition(text, ids)(values);

  it('compare numbers and texts and never one with the other', () => {
    expect(holds('a >= 2 and a < 3', { a: 2 })).toBe(true);
    expect(holds('[A]!=2', { a: 2 })).toBe(false);
    expect(holds("a == '2'", { a: 2 })).toBe(false);
    expect(holds("a < '3'", { a: 2 })).toBe(false);
    expect(holds("b == 'x y'", { b: 'x y' })).toBe(true);
  });

  it('bind `and` before `or`, and parentheses before both', () => {
    expect(holds('a == 1 or a == 2 and b == 3', { a: 1, b: 0 })).toBe(true);
    expect(holds('(a == 1 or a == 2) and b == 3', { a: 1, b: 0 })).toBe(false);
    expect(holds('not flag', { flag: false })).toBe(true);
    expect(holds('flag == True', { flag: true })).toBe(true);
  });

  it('are false as a whole where an input has no value', () => {
    expect(holds('a == 1 or b == 1', { a: 1 })).toBe(false);
  });

  it.each(['a ==', '(a == 1', 'a == 1 )', 'c == 1', 'a = 1', '__import__', 'a == 1 b'])(
    'refuse %j',
    (text) => {
      expect(() => parseCondition(text, ids)).toThrow(SyntaxError);
    },
  );
});
