import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../support/cli.js';
import { hasTestData } from '../support/data.js';
import { writeEegDataset } from '../support/eeg-dataset.js';
import { openPythonNeuro, pythonCache } from '../support/python-environment.js';
import { pythonVariables } from '../support/run-wish.js';

const environment = await openPythonNeuro('bids-validator');

interface Said {
  readonly reports: readonly {
    readonly validator: string;
    readonly version: string;
    readonly schema?: string;
    readonly findings: readonly { readonly code: string; readonly severity: string }[];
  }[];
  readonly differences: readonly {
    readonly file: string;
    readonly code: string;
    readonly by: string;
    readonly severity: string;
  }[];
}

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-validate-'));
  data = join(folder, 'data');
  if (hasTestData) await writeEegDataset(data);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Where the lock file of the tests stands, so that the environment of the schema validator is found. */
const validate = (...more: string[]): Promise<CliResult> =>
  runCli(['bids', 'validate', data, '--validator', 'both', ...more], pythonVariables(folder), pythonCache);

describe.skipIf(!environment || !hasTestData)('bids validate --validator both', { timeout: 120_000 }, () => {
  it('says of each validator its name, version and verdict, and where they differ', async () => {
    const { code, stdout, stderr } = await validate();
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    expect(stdout + stderr).toMatch(/valid: 0 errors, \d+ warnings, by bids-validator \d+\.\d+\.\d+/);
    expect(stdout + stderr).toMatch(
      /valid: 0 errors, \d+ warnings, by bids-validator-deno \d+\.\d+\.\d+ \(BIDS schema \d+\.\d+\.\d+\)/,
    );
    expect(stdout + stderr).toContain('where they differ:');
    expect(stdout + stderr).toMatch(/warning bids\.SIDECAR_KEY_RECOMMENDED, only by schema: \d+ files/);
  });

  it('counts a mistake that both find as an error, though they call it differently', async () => {
    const sidecar = join(data, 'sub-01', 'eeg', 'sub-01_task-attention_eeg.json');
    // Without SoftwareFilters, which BIDS requires of EEG.
    const kept = { TaskName: 'attention', SamplingFrequency: 128, EEGReference: 'x', PowerLineFrequency: 60 };
    await writeFile(sidecar, JSON.stringify(kept));
    const { code, stdout } = await validate('--json');
    expect(code).toBe(11);
    const { reports, differences } = JSON.parse(stdout) as Said;
    expect(reports.map(({ validator }) => validator)).toEqual(['bids-validator', 'bids-validator-deno']);
    expect(reports.map(({ version }) => /^\d+\.\d+\.\d+$/.test(version))).toEqual([true, true]);
    expect(reports[0]?.schema).toBeUndefined();
    expect(reports[1]?.schema).toMatch(/^\d+\.\d+\.\d+$/);
    for (const { findings } of reports)
      expect(findings.some(({ severity }) => severity === 'error')).toBe(true);
    const errors = differences.filter(({ severity }) => severity === 'error');
    expect(new Set(errors.map(({ by, code: name }) => `${by} ${name}`))).toEqual(
      new Set(['legacy bids.JSON_SCHEMA_VALIDATION_ERROR', 'schema bids.SIDECAR_KEY_REQUIRED']),
    );
  });
});
