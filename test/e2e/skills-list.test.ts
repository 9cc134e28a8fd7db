import { describe, expect, it } from 'vitest';
import { cliEnvironment, runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/temporary.js';

interface Summary {
  readonly id: string;
  readonly family: string;
  readonly evidence: string;
  readonly capabilities: readonly string[];
  readonly evidence_by?: string;
}

async function list(...args: string[]): Promise<Summary[]> {
  const { code, stdout } = await runCli(
    ['skills', 'list', '--json', ...args],
    cliEnvironment(temporaryFolder()),
  );
  expect(code).toBe(0);
  return JSON.parse(stdout) as Summary[];
}

describe('skills list', () => {
  it('shows only what was asked for, and which test proved it', async () => {
    const all = await list();
    const niimath = await list('--family', 'niimath');
    expect(niimath).toEqual(all.filter(({ family }) => family === 'niimath'));
    expect([niimath.length > 5, niimath.length < all.length]).toEqual([true, true]);
    const proven = await list(
      '--family',
      'niimath',
      '--evidence',
      'executed',
      '--capability',
      'spatial-smoothing',
    );
    expect(proven).toEqual([
      expect.objectContaining({ id: 'niimath/smooth', evidence_by: 'test/unit/skills/verified.test.ts' }),
    ]);
  });

  it('counts by evidence', async () => {
    const all = await list();
    const { stdout } = await runCli(['skills', 'list'], cliEnvironment(temporaryFolder()));
    const count = (level: string): number => all.filter(({ evidence }) => evidence === level).length;
    expect(stdout.trim().split('\n').at(-1)).toBe(
      `${all.length} skills: ${count('executed')} executed, ${count('command')} command, ${count('declared')} declared`,
    );
  });

  it.each([
    ['--family', 'nimath', 'no skill has the family nimath; did you mean niimath?'],
    ['--evidence', 'proven', 'no skill has the evidence proven; there are executed, command, declared'],
  ])('refuses %s %s', async (option, value, message) => {
    const { code, stderr } = await runCli(
      ['skills', 'list', option, value],
      cliEnvironment(temporaryFolder()),
    );
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
