import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  allChecks,
  checksDigest,
  knownCheck,
  runChecks,
  validateCheckSpec,
} from '../../../src/checks/catalog.js';
import { scanVoxels } from '../../../src/imaging/scan-voxels.js';
import { loadSkills } from '../../../src/skills/registry.js';
import type { CheckSpec } from '../../../src/skills/contract.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { subject, writeImage } from './subject.js';

vi.mock(import('../../../src/imaging/scan-voxels.js'), async (original) => {
  const module = await original();
  return { ...module, scanVoxels: vi.fn(module.scanVoxels) };
});

const spec = (check: string, args: CheckSpec['args'] = {}): CheckSpec => ({ check, args });

describe('the catalogue of checks', () => {
  it('has each name once, with a version and the mistake that it catches', () => {
    const names = allChecks.map((check) => check.name);
    expect(new Set(names).size).toBe(names.length);
    for (const check of allChecks) {
      expect(check.name).toMatch(/^[a-z]+\.[a-z0-9-]+$/);
      expect(check.version).toBeGreaterThanOrEqual(1);
      expect(check.catches.length).toBeGreaterThan(20);
      expect(knownCheck(check.name)).toBe(true);
    }
    expect(knownCheck('nifti.beautiful')).toBe(false);
  });

  it('has a test that plants the mistake of each', () => {
    const tests = readdirSync(join(projectFolder, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !file.endsWith('catalog.test.ts'))
      .map((file) => readFileSync(join(projectFolder, 'test', file), 'utf8'));
    const untested = allChecks.filter(({ name }) => !tests.some((text) => text.includes(`'${name}'`)));
    expect(untested.map(({ name }) => name)).toEqual([]);
  });

  it('knows every check of the shipped skills, and takes its arguments', async () => {
    const { skills } = await loadSkills([join(projectFolder, 'skills')]);
    const specs = [...skills.values()].flatMap(({ contract }) =>
      Object.values(contract.outputs).flatMap(({ checks }) => checks),
    );
    expect(specs.length).toBeGreaterThan(20);
    for (const each of specs) expect(validateCheckSpec(each)).toEqual([]);
  });
});

describe('a check as a contract writes it', () => {
  it.each<[string, CheckSpec, RegExp]>([
    ['an unknown name, with a near one', spec('nifti.finit'), /did you mean nifti\.finite/],
    ['an unknown argument', spec('nifti.range', { minimum: 0 }), /minimum|min or max/],
    ['a range without ends', spec('nifti.range'), /min or max/],
    ['a range upside down', spec('nifti.range', { min: 1, max: 0 }), /min is above max/],
    ['a missing role', spec('nifti.same-grid'), /nifti\.same-grid/],
    ['a fraction above 1', spec('nifti.finite', { min_fraction: 95 }), /nifti\.finite/],
    [
      'a mask that must be smaller than it must be large',
      spec('mask.volume', { min_ml: 9, max_ml: 1 }),
      /min_ml/,
    ],
  ])('is refused for %s', async (_what, wrong, message) => {
    const findings = validateCheckSpec(wrong);
    expect(findings.map((finding) => finding.message).join('; ')).toMatch(message);
    const path = join(temporaryFolder(), 'result.nii');
    await writeImage(path);
    expect(await runChecks(subject(path), [wrong])).toMatchObject([{ ok: false }]);
  });
});

describe('running checks', () => {
  const six = [
    'nifti.readable',
    'nifti.affine',
    'nifti.finite',
    'nifti.non-constant',
    'nifti.binary',
    'nifti.integer',
  ];
  const specs = [
    ...six.map((name) => spec(name)),
    spec('nifti.range', { min: 0 }),
    spec('mask.volume', { min_ml: 0, max_ml: 9 }),
  ];

  it('reads the voxels once for all checks of an image', async () => {
    const path = join(temporaryFolder(), 'result.nii.gz');
    await writeImage(path, { datatype: 'uint8', data: Uint8Array.from({ length: 336 }, (_, i) => i % 2) });
    vi.mocked(scanVoxels).mockClear();
    const results = await runChecks(subject(path), specs);
    expect(results.map((result) => result.check)).toEqual(specs.map((each) => each.check));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(scanVoxels).toHaveBeenCalledTimes(1);
  });

  it('says once that an image is damaged; no check that needed it passes', async () => {
    const path = join(temporaryFolder(), 'result.nii.gz');
    await writeImage(path);
    writeFileSync(path, readFileSync(path).subarray(0, -30));
    const results = await runChecks(subject(path), specs);
    // The header is before the damage, and where the image is stands in it.
    expect(results.filter((result) => result.ok).map((result) => result.check)).toEqual(['nifti.affine']);
    const errors = results
      .flatMap((result) => result.findings)
      .filter((finding) => finding.severity === 'error');
    expect(errors.map((finding) => finding.code)).toEqual(['nifti.readable']);
  });

  it('never throws for what is not there, is a folder, or has a name like a command', async () => {
    const folder = temporaryFolder();
    const everything = allChecks
      .filter((check) => check.args.safeParse({}).success)
      .map((check) => spec(check.name));
    expect(everything.length).toBeGreaterThan(8);
    for (const path of [join(folder, 'no.nii.gz'), folder, join(folder, '$(x); "y"\n.nii')]) {
      const results = await runChecks(subject(path), everything);
      expect(results.filter((result) => result.ok).map((result) => result.check)).not.toContain(
        'nifti.readable',
      );
    }
  });

  it('ends at once when aborted', async () => {
    const path = join(temporaryFolder(), 'result.nii');
    await writeImage(path);
    await expect(runChecks(subject(path), specs, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe('the digest of checks', () => {
  it('changes with names, arguments and order, and with nothing else', () => {
    const one = [spec('nifti.finite'), spec('nifti.range', { min: 0, max: 1 })];
    expect(checksDigest(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(checksDigest([spec('nifti.finite'), spec('nifti.range', { max: 1, min: 0 })])).toBe(
      checksDigest(one),
    );
    expect(checksDigest([spec('nifti.finite'), spec('nifti.range', { min: 0, max: 2 })])).not.toBe(
      checksDigest(one),
    );
    expect(checksDigest([...one].reverse())).not.toBe(checksDigest(one));
    expect(checksDigest([])).not.toBe(checksDigest(one));
  });
});
