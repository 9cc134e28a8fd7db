import { expect, it } from 'vitest';
import type { SkillRecord } from '../../../src/engine/stage-record.js';
import { programName } from '../../../src/report/program-name.js';

const environment = {
  name: 'python-neuro',
  runtime: 'venv',
  digest: 'a'.repeat(64),
  details: { 'python3 --version': 'Python 3.11.7', 'python3 -c import nilearn': 'nilearn 0.14.1' },
};

it('gives a Python skill the version of its package, never that of the interpreter', () => {
  const skill = (family: string): SkillRecord => ({ family, program: 'python3' }) as SkillRecord;
  expect(programName(skill('nilearn'), environment)).toBe('nilearn 0.14.1');
  expect(programName(skill('statistics'), environment)).toBe(
    'statistics (environment python-neuro, digest aaaaaaaaaaaa)',
  );
});
