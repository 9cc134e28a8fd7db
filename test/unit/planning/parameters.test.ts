import { describe, expect, it } from 'vitest';
import { parseParameter, resolveParameters } from '../../../src/planning/parameters.js';
import { pipelineOf } from './support.js';

const pipeline = pipelineOf({
  inputs: {},
  parameters: {
    width_mm: { type: 'number', default: 6, minimum: 0, maximum: 30, unit: 'mm', description: 'x' },
    count: { type: 'integer', minimum: 1, description: 'x' },
    mode: { type: 'string', choices: ['fast', 'exact'], default: 'exact', description: 'x' },
    name: { type: 'string', description: 'x' },
    on: { type: 'boolean', default: false, description: 'x' },
  },
  steps: [{ id: 'a', skill: 'x/y' }],
});

describe('resolveParameters', () => {
  it('fills defaults and leaves out what has none', () => {
    expect(resolveParameters(pipeline, { count: 3 }, 's')).toEqual({
      values: { width_mm: 6, count: 3, mode: 'exact', on: false },
      findings: [],
    });
  });

  it.each([
    [{ width_mm: 31 }, 'width_mm is 31 mm, above 30 mm', 'a number from 0 to 30 mm'],
    [{ width_mm: '6' }, 'width_mm is "6", not a number', 'a number from 0 to 30 mm'],
    [{ count: 1.5 }, 'count is 1.5, not a whole number', 'a whole number of at least 1'],
    [{ mode: 'slow' }, 'mode is "slow"', 'one of fast, exact'],
    [{ on: 1 }, 'on is 1, not a boolean', 'true or false'],
    [
      { widht_mm: 3 },
      'test/pipeline has no parameter widht_mm; did you mean width_mm?',
      'one of width_mm, count, mode, name, on',
    ],
  ])('%j is refused with what is allowed', (given, message, expected) => {
    const [finding, ...more] = resolveParameters(pipeline, given, 's').findings;
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: 'param.invalid', message, expected });
    expect(finding?.place?.field).toBe(`stages.s.params.${Object.keys(given)[0]}`);
  });
});

describe('parseParameter', () => {
  it('reads texts by the type of the parameter, with its own unit', () => {
    expect(parseParameter(pipeline, 'width_mm', '8')).toBe(8);
    expect(parseParameter(pipeline, 'width_mm', ' 8.5 mm')).toBe(8.5);
    expect(parseParameter(pipeline, 'count', '3')).toBe(3);
    expect(parseParameter(pipeline, 'on', 'yes')).toBe(true);
    expect(parseParameter(pipeline, 'on', 'off')).toBe(false);
    expect(parseParameter(pipeline, 'name', '12')).toBe('12');
    expect(parseParameter(pipeline, 'other', '12')).toBeUndefined();
  });

  it('refuses another unit, text for a number, and what is out of range', () => {
    for (const [name, text] of [
      ['width_mm', '8 cm'],
      ['width_mm', 'wide'],
      ['width_mm', ''],
      ['width_mm', '40'],
      ['on', 'maybe'],
      ['mode', 'slow'],
    ] as const)
      expect(() => parseParameter(pipeline, name, text)).toThrow(
        expect.objectContaining({ code: 'param.invalid' }) as Error,
      );
  });
});
