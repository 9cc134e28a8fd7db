import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareValidators } from '../../../src/bids/compare-validators.js';
import { schemaValidatorFindings } from '../../../src/bids/schema-validator-findings.js';
import { createEmbeddedDriver } from '../../../src/environments/runtimes/embedded/embedded-driver.js';
import type { Finding } from '../../../src/kernel/findings.js';
import { hasTestData, testData } from '../../support/data.js';
import { openPythonNeuro, pythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { removeFolder, temporaryFolder } from '../docker/support.js';

const environment = await openPythonNeuro('bids-validator');

describe.skipIf(!hasTestData || environment === undefined)('bids/validate-schema', () => {
  const legacy = createEmbeddedDriver({ workers: 1 });
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await legacy.close();
    await removeFolder(folder);
  });

  const read = (path: string): Record<string, never> => JSON.parse(readFileSync(path, 'utf8')) as never;
  async function bySchema(
    dataset: string,
  ): Promise<{ report: Record<string, unknown>; findings: Finding[]; ok: boolean }> {
    if (environment === undefined) throw new Error('no environment');
    const run = await runSkill(environment, folder, 'bids/validate-schema', {
      inputs: { dataset },
      params: { ignore_nifti_headers: true },
    });
    expect([run.exit.exitCode, run.said]).toEqual([0, '']);
    const report = read(run.outputs['report'] ?? '');
    return {
      report,
      findings: schemaValidatorFindings(report) ?? [],
      ok: run.checks.every((check) => check.ok),
    };
  }
  async function byLegacy(dataset: string): Promise<Finding[]> {
    const open = await legacy.open(await pythonNeuro('neuroclaw-tools'));
    const run = await runSkill(open, folder, 'bids/validate', {
      inputs: { dataset },
      params: { ignore_nifti_headers: true },
    });
    return read(run.outputs['report'] ?? '')['findings'] ?? [];
  }
  const codes = (findings: readonly Finding[], severity: string): string[] =>
    [...new Set(findings.filter((each) => each.severity === severity).map(({ code }) => code))].sort();

  it('says which validator and which schema spoke, and passes a valid dataset', async () => {
    if (environment === undefined) return;
    const output = await succeed(
      runSkill(environment, folder, 'bids/validate-schema', {
        inputs: { dataset: testData('bids-examples', 'pet001') },
        params: { ignore_nifti_headers: true },
      }),
    );
    expect(read(output('report'))).toMatchObject({
      validator: 'bids-validator-deno',
      version: '3.0.2',
      schema: '1.2.7',
      summary: { subjects: 1 },
    });
  }, 120_000);

  it('finds what is wrong in examples, and differs from the other validator where it is known to', async () => {
    const found: Record<string, unknown> = {};
    for (const name of EXAMPLES) {
      const dataset = testData('bids-examples', name);
      const [schema, other] = [await bySchema(dataset), await byLegacy(dataset)];
      const differences = compareValidators(other, schema.findings).filter(
        ({ severity }) => severity === 'error',
      );
      found[name] = {
        schema: codes(schema.findings, 'error'),
        legacy: codes(other, 'error'),
        differ: [...new Set(differences.map(({ by, code }) => `${by} ${code}`))].sort(),
      };
      expect(schema.ok).toBe(codes(schema.findings, 'error').length === 0);
    }
    expect(found).toEqual(EXPECTED);
  }, 300_000);

  it('finds mistakes that are planted: a wrong name, a missing key, words where numbers are due', async () => {
    const root = join(folder, 'planted');
    mkdirSync(join(root, 'sub-01', 'eeg'), { recursive: true });
    writeFileSync(join(root, 'dataset_description.json'), '{"Name": "x"}');
    writeFileSync(join(root, 'sub-01', 'eeg', 'sub-01_tsk-rest_eeg.edf'), 'x');
    writeFileSync(join(root, 'sub-01', 'eeg', 'sub-01_task-rest_eeg.edf'), 'x');
    writeFileSync(join(root, 'sub-01', 'eeg', 'sub-01_task-rest_events.tsv'), 'onset\tduration\nearly\t1\n');
    const { findings, ok } = await bySchema(root);
    expect(ok).toBe(false);
    const told = findings
      .filter(({ severity }) => severity === 'error')
      .map(({ code, place }) => `${code} ${place?.file} ${place?.field ?? ''}`.trim());
    expect(told).toEqual(
      expect.arrayContaining([
        'bids.JSON_KEY_REQUIRED dataset_description.json BIDSVersion',
        'bids.MISSING_REQUIRED_ENTITY sub-01/eeg/sub-01_tsk-rest_eeg.edf',
        'bids.TSV_VALUE_INCORRECT_TYPE sub-01/eeg/sub-01_task-rest_events.tsv onset',
      ]) as string[],
    );
  }, 120_000);
});

const EXAMPLES = ['ds001', 'eeg_matchingpennies', 'pet001', 'motion_systemvalidation', 'mrs_fmrs', 'asl001'];
/** Codes of errors. The samples of these datasets were taken out: only the schema validator minds empty images. */
const EXPECTED: Record<string, unknown> = {
  ds001: { schema: ['bids.EMPTY_FILE'], legacy: [], differ: ['schema bids.EMPTY_FILE'] },
  eeg_matchingpennies: {
    schema: ['bids.EMPTY_FILE'],
    legacy: ['bids.EMPTY_FILE', 'bids.HED_ERROR'],
    differ: ['legacy bids.HED_ERROR'],
  },
  pet001: { schema: [], legacy: [], differ: [] },
  motion_systemvalidation: {
    schema: ['bids.EMPTY_FILE'],
    legacy: ['bids.EMPTY_FILE'],
    differ: ['schema bids.EMPTY_FILE'],
  },
  // Spectroscopy came into BIDS after the last release of the legacy validator.
  mrs_fmrs: {
    schema: ['bids.EMPTY_FILE'],
    legacy: ['bids.EMPTY_FILE', 'bids.NOT_INCLUDED'],
    differ: ['legacy bids.NOT_INCLUDED', 'schema bids.EMPTY_FILE'],
  },
  asl001: { schema: [], legacy: [], differ: [] },
};
