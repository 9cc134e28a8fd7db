import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freesurferSubject, readIsRunning } from '../../../../src/skills/adapters/freesurfer-subject.js';
import { temporaryFolder } from '../../../support/temporary.js';

/** As recon-all writes it. */
const isRunning = (host: string): string =>
  [
    '------------------------------',
    'SUBJECT sub-01',
    'HEMI    lh rh',
    'DATE Tue Nov 24 21:03:11 UTC 2026',
    'USER root',
    `HOST ${host}`,
    'PROCESSID 71 ',
    'PROCESSOR x86_64',
    'OS Linux',
  ].join('\n');

function attempt(host: string): { folder: string; file: string } {
  const folder = temporaryFolder();
  const scripts = join(folder, 'scratch', 'subjects', 'sub-01', 'scripts');
  mkdirSync(scripts, { recursive: true });
  const file = join(scripts, 'IsRunning.lh+rh');
  writeFileSync(file, isRunning(host));
  return { folder, file };
}

describe('IsRunning of recon-all', () => {
  it('is read', () => {
    expect(readIsRunning(isRunning('neuroclaw-0f3a9b'))).toEqual({
      host: 'neuroclaw-0f3a9b',
      process: '71',
      date: 'Tue Nov 24 21:03:11 UTC 2026',
      ours: true,
    });
    expect(readIsRunning(isRunning('workstation-7'))).toMatchObject({ ours: false });
    expect(readIsRunning('')).toMatchObject({ host: 'unknown', ours: false });
  });

  it('is cleared where a dead attempt of ours left it', async () => {
    const { folder, file } = attempt('neuroclaw-0f3a9b');
    await freesurferSubject.prepare?.({ folder, params: {}, inputs: [] });
    expect(existsSync(file)).toBe(false);
  });

  it('is left alone where somebody else wrote it, and the job does not start', async () => {
    const { folder, file } = attempt('workstation-7');
    await expect(freesurferSubject.prepare?.({ folder, params: {}, inputs: [] })).rejects.toMatchObject({
      code: 'input.invalid',
      message: expect.stringContaining('process 71 on workstation-7') as string,
    });
    expect(existsSync(file)).toBe(true);
  });

  it('has nothing to do where there is no subject yet', async () => {
    await expect(
      freesurferSubject.prepare?.({ folder: temporaryFolder(), params: {}, inputs: [] }),
    ).resolves.toBe(undefined);
  });
});

describe('links in a subject folder', () => {
  it('become copies where they lead to a file of the subject, and stay where they lead out of it', async () => {
    const folder = temporaryFolder();
    const surf = join(folder, 'out', 'sub-01', 'surf');
    mkdirSync(surf, { recursive: true });
    writeFileSync(join(surf, 'lh.pial.T1'), 'left');
    writeFileSync(join(surf, 'rh.pial.T2'), 'right');
    writeFileSync(join(folder, 'elsewhere'), 'not of this subject');
    symlinkSync('lh.pial.T1', join(surf, 'lh.pial'));
    symlinkSync('/scratch/subjects/sub-01/surf/rh.pial.T2', join(surf, 'rh.pial'));
    symlinkSync('../../../elsewhere', join(surf, 'out'));
    symlinkSync('nothing', join(surf, 'lost'));
    await freesurferSubject.finish?.({ folder, params: {}, inputs: [] });
    expect(readFileSync(join(surf, 'lh.pial'), 'utf8')).toBe('left');
    expect(readFileSync(join(surf, 'rh.pial'), 'utf8')).toBe('right');
    const isLink = (name: string): boolean => lstatSync(join(surf, name)).isSymbolicLink();
    expect(['lh.pial', 'rh.pial', 'out', 'lost'].map(isLink)).toEqual([false, false, true, true]);
  });
});
