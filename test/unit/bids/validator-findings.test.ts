import { describe, expect, it } from 'vitest';
import { validatorFindings } from '../../../src/bids/validator-findings.js';

/** An issue as bids-validator 1.15.0 wrote it for a real dataset, without the file system's numbers. */
const emptyFile = {
  key: 'EMPTY_FILE',
  severity: 'error',
  reason: 'Empty files not allowed.',
  files: [
    {
      key: 'EMPTY_FILE',
      code: 99,
      file: {
        name: 'sub-01_meg.fif',
        path: '/data/sub-01/meg/sub-01_meg.fif',
        relativePath: '/sub-01/meg/sub-01_meg.fif',
      },
      evidence: null,
      line: null,
      character: null,
      severity: 'error',
      reason: 'Empty files not allowed.',
      helpUrl: 'https://neurostars.org/search?q=EMPTY_FILE',
    },
  ],
  additionalFileCount: 0,
  helpUrl: 'https://neurostars.org/search?q=EMPTY_FILE',
  code: 99,
};
const noAuthors = {
  key: 'NO_AUTHORS',
  severity: 'warning',
  reason: 'The Authors field\nshould contain  an array.',
  files: [{ key: 'NO_AUTHORS', code: 113, file: null, evidence: undefined, line: null }],
  additionalFileCount: 0,
  helpUrl: 'https://neurostars.org/search?q=NO_AUTHORS',
};
const rowProblem = {
  key: 'TSV_COLUMN_NEW',
  reason: 'A column is wrong.',
  helpUrl: 'https://neurostars.org/search?q=TSV_COLUMN_NEW',
  files: [
    {
      file: { name: 'e.tsv', relativePath: '/e.tsv' },
      line: 7,
      evidence: 'row 7: a\tb',
      reason: 'Row 7 is wrong.',
    },
  ],
  additionalFileCount: 3,
};
const issues = { errors: [emptyFile], warnings: [noAuthors, rowProblem], ignored: [emptyFile] };

describe('validatorFindings', () => {
  it('makes one finding of each file, with code, severity, place and what to do', () => {
    expect(validatorFindings({ issues, summary: { totalFiles: 3 } })).toEqual([
      {
        code: 'bids.EMPTY_FILE',
        severity: 'error',
        message: 'Empty files not allowed.',
        place: { file: 'sub-01/meg/sub-01_meg.fif' },
        suggestion: 'put the content back, or remove the file',
      },
      {
        code: 'bids.NO_AUTHORS',
        severity: 'warning',
        message: 'The Authors field should contain an array.',
        suggestion: 'list the authors in dataset_description.json',
      },
      {
        code: 'bids.TSV_COLUMN_NEW',
        severity: 'warning',
        message: 'Row 7 is wrong.: row 7: a b',
        place: { file: 'e.tsv', line: 7 },
        suggestion: 'see https://neurostars.org/search?q=TSV_COLUMN_NEW',
      },
      {
        code: 'bids.TSV_COLUMN_NEW',
        severity: 'warning',
        message: 'A column is wrong. (3 more files)',
        suggestion: 'see https://neurostars.org/search?q=TSV_COLUMN_NEW',
      },
    ]);
  });

  it('takes the issues alone, and the one issue of a folder that is no dataset', () => {
    expect(validatorFindings(issues)).toHaveLength(4);
    const [finding] = validatorFindings({ key: 'QUICK_VALIDATION_FAILED', reason: 'No.', files: [] });
    expect(finding).toMatchObject({ code: 'bids.QUICK_VALIDATION_FAILED', severity: 'error' });
  });

  it('is empty for a valid dataset and for anything else', () => {
    expect(validatorFindings({ issues: { errors: [], warnings: [], ignored: [] }, summary: {} })).toEqual([]);
    for (const odd of [undefined, null, [], 'x', {}, { issues: null }, { errors: 3 }]) {
      expect(validatorFindings(odd)).toEqual([]);
    }
  });

  it('shortens long evidence', () => {
    const long = { ...rowProblem, additionalFileCount: 0, files: [{ evidence: 'x'.repeat(5000) }] };
    expect(validatorFindings({ errors: [long] })[0]?.message.length).toBeLessThan(330);
  });
});
