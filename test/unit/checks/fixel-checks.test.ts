import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, writeMif } from '../imaging/write-mrtrix.js';
import { check, subject } from './subject.js';

/** Two voxels with 1 and 2 fixels; `counts` and `firsts` as the index stores them. */
function fixels(change: {
  counts?: number[];
  firsts?: number[];
  directions?: number[];
  afd?: number[];
}): string {
  const folder = join(temporaryFolder(), 'fixels');
  mkdirSync(folder);
  const { counts = [1, 2], firsts = [0, 1], directions = [1, 0, 0, 0, 1, 0, 0, 0, 1] } = change;
  const { afd = [0.1, 0.2, 0.3] } = change;
  writeMif(join(folder, 'index.mif'), floats([...counts, ...firsts]), {
    dim: '2,1,1,2',
    vox: '2,2,2,1',
    layout: '+0,+1,+2,+3',
  });
  const table = (name: string, values: number[], columns: number): void =>
    writeMif(join(folder, name), floats(values), {
      dim: `${values.length / columns},${columns},1`,
      vox: '1,1,1',
    });
  table('directions.mif', directions, 3);
  table('afd.mif', afd, 1);
  return folder;
}

describe('fixel.directory', () => {
  it('passes a sound directory and counts its fixels', async () => {
    expect(await check(subject(fixels({})), 'fixel.directory')).toMatchObject({
      ok: true,
      values: { fixels: 3, files: 3 },
    });
  });

  it.each<[string, Parameters<typeof fixels>[0], RegExp]>([
    ['two voxels that share fixels', { firsts: [0, 0] }, /begin at 0/],
    ['a gap in the index', { firsts: [0, 2] }, /begin at 2/],
    ['data of another segmentation', { afd: [0.1, 0.2] }, /2x1x1 values for 3 fixels/],
    ['directions that were scaled', { directions: [2, 0, 0, 0, 1, 0, 0, 0, 1] }, /length 2\.0000/],
    ['directions of other fixels', { directions: [1, 0, 0, 1, 0, 0] }, /for 3 fixels/],
    ['no fixel at all', { counts: [0, 0], firsts: [0, 0], directions: [1, 0, 0], afd: [1] }, /0 fixels/],
  ])('rejects %s', async (_name, change, message) => {
    const { ok, findings } = await check(subject(fixels(change)), 'fixel.directory');
    expect(ok).toBe(false);
    expect(findings.map((finding) => finding.message).join('\n')).toMatch(message);
  });

  it('rejects a folder without an index', async () => {
    const folder = temporaryFolder();
    expect((await check(subject(folder), 'fixel.directory')).ok).toBe(false);
  });
});

describe('folder.images', () => {
  it('wants what is required, and whole images', async () => {
    const folder = fixels({});
    expect((await check(subject(folder), 'folder.images', { required: ['afd.mif'] })).ok).toBe(true);
    const missing = await check(subject(folder), 'folder.images', { required: ['disp.mif'] });
    expect(missing.findings[0]?.message).toBe('disp.mif is missing');
    truncateSync(join(folder, 'afd.mif'), 150);
    expect((await check(subject(folder), 'folder.images')).ok).toBe(false);
    expect((await check(subject(temporaryFolder()), 'folder.images')).ok).toBe(false);
  });
});
