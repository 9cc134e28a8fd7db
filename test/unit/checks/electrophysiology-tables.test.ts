import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

async function ok(
  name: string,
  lines: readonly string[],
  outputs: Record<string, string> = {},
): Promise<string> {
  const path = join(temporaryFolder(), 'table.tsv');
  await writeFile(path, lines.map((line) => line.replaceAll(' ', '\t')).join('\n'));
  const args = name === 'spectrum.bands' ? { psd: 'psd' } : {};
  const result = await check(subject(path, { outputs: { table: path, ...outputs } }), name, args);
  expect(result.ok).toBe(result.findings.length === 0);
  return result.findings.map(({ message }) => message).join();
}

describe('erp.waves', () => {
  const waves = (factor: number, sign: number): string[] => [
    'condition time_s Pz',
    ...[0, 0.1, 0.2].flatMap((t, i) => [`a ${t} ${factor * (3 + i)}`]),
    ...[0, 0.1, 0.2].flatMap((t, i) => [`b ${t} ${factor * (1 + 2 * i)}`]),
    ...[0, 0.1, 0.2].flatMap((t, i) => [`a-b ${t} ${factor * sign * (2 - i)}`]),
  ];
  it('finds a difference the wrong way round, volts, and times that go back', async () => {
    expect(await ok('erp.waves', waves(1, 1))).toBe('');
    expect(await ok('erp.waves', waves(1, -1))).toContain('a-b is not a minus b');
    expect(await ok('erp.waves', waves(1e-6, 1))).toContain('largest amplitude');
    const [head = '', first = '', second = '', ...rest] = waves(1, 1);
    expect(await ok('erp.waves', [head, second, first, ...rest])).toContain('do not rise');
  });
});

describe('spectrum.bands', () => {
  it('finds power that is a sum without the step, other edges, and another total', async () => {
    const psd = join(temporaryFolder(), 'psd.tsv');
    const rows = Array.from({ length: 81 }, (_, k) => `${1 + k / 2}\t${10 / (1 + k / 2)}`);
    await writeFile(psd, ['frequency_hz\tPz', ...rows].join('\n'));
    const band = (low: number, high: number, power: number, relative: number): Promise<string> =>
      ok(
        'spectrum.bands',
        ['channel band low_hz high_hz power_uv2 relative', `Pz alpha ${low} ${high} ${power} ${relative}`],
        { psd },
      );
    // The integral of 10 / f is 10 ln f.
    const [alpha, total] = [10 * Math.log(13 / 8), 10 * Math.log(41)];
    expect(await band(8, 13, alpha, alpha / total)).toBe('');
    expect(await band(8, 13, 2 * alpha, (2 * alpha) / total)).toContain('uV2');
    expect(await band(4, 8, alpha, alpha / total)).toContain('uV2');
    expect(await band(8, 13, alpha, 0.4)).toContain('of the total');
  });
});

describe('connectivity.matrix', () => {
  it('finds asymmetry, values beyond 1, and other names', async () => {
    expect(await ok('connectivity.matrix', ['channel A B', 'A 0 0.4', 'B 0.4 0'])).toBe('');
    expect(await ok('connectivity.matrix', ['channel A B', 'A 0 0.4', 'B 0.3 0'])).toContain('0.3 and 0.4');
    expect(await ok('connectivity.matrix', ['channel A B', 'A 0 1.4', 'B 1.4 0'])).toContain('is 1.4');
    expect(await ok('connectivity.matrix', ['channel A B', 'B 0 0.4', 'A 0.4 0'])).toContain(
      'other channels',
    );
  });
});
