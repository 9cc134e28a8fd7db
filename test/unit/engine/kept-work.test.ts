import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { discardKept, keepWork, salvageWork, takeKept } from '../../../src/engine/kept-work.js';
import { outputLayout, type OutputLayout } from '../../../src/engine/layout.js';
import type { PreparedJob } from '../../../src/engine/prepare-job.js';
import { temporaryFolder } from '../../support/temporary.js';

let layout: OutputLayout;
beforeEach(() => {
  layout = outputLayout(temporaryFolder());
});

const prepared = (key: string, subject = 'sub-01', keeps: string[] | undefined = undefined): PreparedJob =>
  ({
    key,
    job: { id: 'recon/sub-01', skill: 'freesurfer/recon-all', params: { subject } },
    skill: { contract: { resume: { keeps: keeps ?? ['scratch/subjects/{subject}', 'out/derivative'] } } },
  }) as unknown as PreparedJob;

function attempt(id: string): string {
  const folder = join(layout.scratch, id);
  for (const name of ['out', 'scratch']) mkdirSync(join(folder, name), { recursive: true });
  return folder;
}

/** As a tool that was ended leaves it. */
function work(folder: string, text: string): void {
  mkdirSync(join(folder, 'scratch', 'subjects', 'sub-01', 'mri'), { recursive: true });
  writeFileSync(join(folder, 'scratch', 'subjects', 'sub-01', 'mri', 'orig.mgz'), text);
  writeFileSync(join(folder, 'scratch', 'other'), 'of nobody');
}
const found = (folder: string): string =>
  readFileSync(join(folder, 'scratch', 'subjects', 'sub-01', 'mri', 'orig.mgz'), 'utf8');

describe('the work of an attempt that ended before its time', () => {
  it('is found by the next one of the same key, once, and by no other key', async () => {
    const first = attempt('one');
    expect(await takeKept(prepared('k1'), 'one', first, layout)).toBeUndefined();
    work(first, 'half');
    await keepWork(first, layout);
    expect(existsSync(join(first, 'scratch', 'subjects', 'sub-01'))).toBe(false);
    expect(readFileSync(join(layout.work, 'k1', 'scratch/subjects/sub-01/mri/orig.mgz'), 'utf8')).toBe(
      'half',
    );

    const other = attempt('other');
    expect(await takeKept(prepared('k2'), 'other', other, layout)).toBeUndefined();
    const second = attempt('two');
    expect(await takeKept(prepared('k1'), 'two', second, layout)).toEqual({ attempt: 'one' });
    expect(found(second)).toBe('half');
    expect(existsSync(join(second, 'scratch', 'other'))).toBe(false);
    expect(readdirSync(layout.work)).toEqual([]);
  });

  it('is kept where the process died with it, as far as it came', async () => {
    const first = attempt('one');
    await takeKept(prepared('k1'), 'one', first, layout);
    work(first, 'half');
    await salvageWork(layout);
    rmSync(layout.scratch, { recursive: true });
    // Killed between the mark of the next attempt and the move: it still lies where it was.
    const second = attempt('two');
    mkdirSync(second, { recursive: true });
    writeFileSync(
      join(second, 'kept.json'),
      JSON.stringify({ key: 'k1', attempt: 'two', paths: ['scratch/subjects/sub-01'] }),
    );
    await salvageWork(layout);
    const third = attempt('three');
    expect(await takeKept(prepared('k1'), 'three', third, layout)).toEqual({ attempt: 'one' });
    expect(found(third)).toBe('half');
  });

  it('is that of the latest, and nothing where there was none', async () => {
    for (const id of ['one', 'two']) {
      const folder = attempt(id);
      await takeKept(prepared('k1'), id, folder, layout);
      work(folder, id);
      await keepWork(folder, layout);
    }
    const third = attempt('three');
    expect(await takeKept(prepared('k1'), 'three', third, layout)).toEqual({ attempt: 'two' });
    expect(found(third)).toBe('two');
    await discardKept(third);
    expect(existsSync(join(third, 'scratch', 'subjects', 'sub-01'))).toBe(false);
    await keepWork(third, layout);
    expect(await takeKept(prepared('k1'), 'four', attempt('four'), layout)).toBeUndefined();
  });

  it('is not kept for skills that do not say so', async () => {
    const folder = attempt('one');
    const plain = { ...prepared('k1'), skill: { contract: {} } } as unknown as PreparedJob;
    expect(await takeKept(plain, 'one', folder, layout)).toBeUndefined();
    work(folder, 'half');
    await salvageWork(layout);
    expect(found(folder)).toBe('half');
    expect(existsSync(layout.work)).toBe(false);
  });

  it('never leaves the attempt by the value of a parameter', async () => {
    await expect(
      takeKept(prepared('k1', '../../store'), 'one', attempt('one'), layout),
    ).rejects.toMatchObject({
      code: 'param.invalid',
    });
  });
});
