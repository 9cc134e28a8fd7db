import { describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { writeDataset } from './tree.js';

async function participants(table: string, labels = ['01', '02']) {
  const files = labels.map((label) => [`sub-${label}/anat/sub-${label}_T1w.nii`, '']);
  const root = writeDataset({ ...Object.fromEntries(files), 'participants.tsv': table });
  const { participants: all, findings } = await indexDataset(root);
  return {
    all,
    findings: findings.map(({ message, severity, place }) => ({ message, severity, line: place?.line })),
  };
}

describe('participants', () => {
  it('are joined from table and folders', async () => {
    const { all, findings } = await participants(
      'participant_id\tage\tsex\r\nsub-01\t26\tF\r\nsub-02\tn/a\tM\r\n',
    );
    expect(findings).toEqual([]);
    expect(all).toEqual([
      { label: '01', values: { age: '26', sex: 'F' }, hasFolder: true },
      { label: '02', values: { age: 'n/a', sex: 'M' }, hasFolder: true },
    ]);
  });

  it('that are listed and have no folder, or the reverse, are found', async () => {
    const { all, findings } = await participants('participant_id\nsub-01\nsub-03\n');
    expect(findings).toEqual([
      { message: 'sub-03 is listed but has no folder', severity: 'warning', line: undefined },
      { message: 'sub-02 has a folder but is not listed', severity: 'warning', line: undefined },
    ]);
    expect(all.map(({ label, hasFolder }) => [label, hasFolder])).toEqual([
      ['01', true],
      ['02', true],
      ['03', false],
    ]);
  });

  it('are told apart by exact labels, and near misses are named', async () => {
    const { findings } = await participants('participant_id\nsub-1\nsub-Cafe\u0301\n', ['01', 'Caf\u00e9']);
    expect(findings.map(({ message }) => message)).toContain(
      'sub-Cafe\u0301 is listed but has no folder; the folder sub-Caf\u00e9 is spelled differently',
    );
    expect(findings.map(({ message }) => message)).toContain('sub-1 is listed but has no folder');
  });

  it('may leave out the empty room', async () => {
    expect((await participants('participant_id\nsub-01\n', ['01', 'emptyroom'])).findings).toEqual([]);
  });

  it('listed twice, without prefix, in ragged rows or without the column are found with their line', async () => {
    const { findings } = await participants('participant_id\tage\nsub-01\t1\n02\t2\nsub-01\t3\nsub-02\n');
    expect(findings).toEqual([
      { message: 'the row has 1 value', severity: 'error', line: 5 },
      { message: 'participant_id is "02"', severity: 'warning', line: 3 },
      { message: 'sub-01 is listed twice', severity: 'error', line: 4 },
    ]);
    expect((await participants('id\nsub-01\n')).findings).toEqual([
      { message: 'the column participant_id is missing', severity: 'error', line: 1 },
    ]);
  });
});
