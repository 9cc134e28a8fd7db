import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFlags } from '../../../../src/environments/runtimes/embedded/tools/flags.js';

const kinds = { '--name': 'value', '--author': 'values', '--fast': 'flag' } as const;

describe('readFlags', () => {
  it('takes any text for a value, also one that looks like a flag', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (name, authors) => {
        const args = ['--name', name, ...authors.flatMap((author) => ['--author', author]), '--fast'];
        const flags = readFlags(args, kinds);
        expect(flags.required('--name')).toBe(name);
        expect(flags.values('--author')).toEqual(authors);
        expect(flags.has('--fast')).toBe(true);
      }),
    );
  });

  it.each([
    [['--nam', 'x'], 'unknown argument --nam; known are --name, --author, --fast'],
    [['--name'], '--name lacks its value'],
    [['--name', 'a', '--name', 'b'], '--name stands twice'],
    [['toString', 'a'], 'unknown argument toString'],
  ])('refuses %j', (args, message) => {
    expect(() => readFlags(args, kinds)).toThrow(message);
  });

  it('says which required one is missing', () => {
    expect(() => readFlags([], kinds).required('--name')).toThrow('--name is missing');
  });
});
