import { describe, expect, it } from 'vitest';
import { compareValidators } from '../../../src/bids/compare-validators.js';
import { schemaValidatorFindings } from '../../../src/bids/schema-validator-findings.js';
import type { Finding } from '../../../src/kernel/findings.js';

describe('findings of the schema validator', () => {
  const report = {
    issues: [
      {
        code: 'JSON_KEY_RECOMMENDED',
        subCode: 'License',
        severity: 'warning',
        location: '/dataset_description.json',
        issueMessage: 'Field description: long',
      },
      {
        code: 'TSV_VALUE_INCORRECT_TYPE',
        subCode: 'onset',
        severity: 'error',
        location: '/sub-01/func/a_events.tsv',
        line: 3,
        issueMessage: "'x'",
      },
      { code: 'EMPTY_FILE', severity: 'ignore', location: '/a' },
      { code: 'NEW_CODE', severity: 'strange' },
    ],
    messages: {
      JSON_KEY_RECOMMENDED: 'A JSON file is missing a key listed as recommended.',
      TSV_VALUE_INCORRECT_TYPE: 'A value is wrong',
    },
  };
  it('have code, severity, file, line and key; an unknown severity is an error', () => {
    expect(schemaValidatorFindings(report)).toEqual([
      {
        code: 'bids.JSON_KEY_RECOMMENDED',
        severity: 'warning',
        message: 'A JSON file is missing a key listed as recommended. (License)',
        place: { file: 'dataset_description.json', field: 'License' },
      },
      {
        code: 'bids.TSV_VALUE_INCORRECT_TYPE',
        severity: 'error',
        message: "A value is wrong (onset): 'x'",
        place: { file: 'sub-01/func/a_events.tsv', line: 3, field: 'onset' },
      },
      { code: 'bids.NEW_CODE', severity: 'error', message: 'the validator gave no reason' },
    ]);
  });
  it('are undefined for what is no report', () => {
    for (const value of [undefined, [], {}, { issues: 'none' }])
      expect(schemaValidatorFindings(value)).toBeUndefined();
  });
});

describe('two validators', () => {
  const finding = (code: string, file: string, severity: Finding['severity'] = 'error'): Finding => ({
    code: `bids.${code}`,
    severity,
    message: 'm',
    place: { file },
  });
  it('differ by file and code; one mistake with two names is no difference', () => {
    const legacy = [
      finding('EMPTY_FILE', 'a'),
      finding('CUSTOM_COLUMN_WITHOUT_DESCRIPTION', 'b', 'warning'),
      finding('ONLY_OLD', 'c'),
    ];
    const schema = [
      finding('EMPTY_FILE', 'a'),
      finding('TSV_ADDITIONAL_COLUMNS_UNDEFINED', 'b', 'warning'),
      finding('EMPTY_FILE', 'd'),
    ];
    expect(compareValidators(legacy, schema)).toEqual([
      { file: 'c', code: 'bids.ONLY_OLD', by: 'legacy', severity: 'error' },
      { file: 'd', code: 'bids.EMPTY_FILE', by: 'schema', severity: 'error' },
    ]);
    expect(compareValidators(schema, schema)).toEqual([]);
  });
});
