import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** What FreeSurfer 7.4.1 writes at the beginning of its steps. */
const steps = {
  autorecon1:
    '#@# MotionCor Mon May 11 00:08:11 EEST 2026\n#@# Skull Stripping Mon May 11 00:17:25 EEST 2026\n',
  autorecon2:
    '#@# EM Registration Mon May 11 00:18:25 EEST 2026\n#@# Curv .H and .K lh Mon May 11 11:13:26 EEST 2026\n',
  autorecon3: '#@# Sphere lh Mon May 11 11:14:52 EEST 2026\n',
};
const first = ['mri/orig/001.mgz', 'mri/orig.mgz', 'mri/nu.mgz', 'mri/T1.mgz', 'mri/brainmask.mgz'];
const second = [
  ...['mri/aseg.presurf.mgz', 'mri/wm.mgz', 'mri/filled.mgz'],
  ...['lh', 'rh'].flatMap((hemi) => [`surf/${hemi}.inflated`, `surf/${hemi}.inflated.H`]),
];

/** The marks of how far a subject came: names of files and lines of the log, no data. */
function stopped(files: readonly string[], log: string, host = 'neuroclaw-0f3a9b'): string {
  const { folder } = attempt(host);
  const subject = join(folder, 'scratch', 'subjects', 'sub-01');
  for (const name of files) {
    mkdirSync(dirname(join(subject, name)), { recursive: true });
    writeFileSync(join(subject, name), 'x');
  }
  writeFileSync(join(subject, 'scripts', 'recon-all.log'), log);
  return folder;
}
const call =
  'recon-all -all -subjid sub-01 -sd /scratch/subjects -i /in/t1/a.nii -i /in/t1/b.nii -T2 /in/t2/c.nii -T2pial -parallel -openmp 4';
const goOn = async (folder: string, argv = call): Promise<string | undefined> =>
  (await freesurferSubject.goOn?.(argv.split(' '), { folder, params: { subject: 'sub-01' } }))?.join(' ');
const rest = '-subjid sub-01 -sd /scratch/subjects -T2 /in/t2/c.nii -T2pial -parallel -openmp 4';

describe('recon-all after an attempt that was ended', () => {
  it('goes on with the stages that are left, with its flags and without -i', async () => {
    const log = steps.autorecon1 + steps.autorecon2;
    expect(await goOn(stopped(first, log))).toBe(`recon-all -autorecon2 -autorecon3 ${rest}`);
    expect(await goOn(stopped([...first, ...second], log + steps.autorecon3))).toBe(
      `recon-all -autorecon3 ${rest}`,
    );
  });

  it('takes a stage for done only where the next one had begun and all of its files hold something', async () => {
    const log = steps.autorecon1 + steps.autorecon2 + steps.autorecon3;
    expect(await goOn(stopped(first, steps.autorecon1))).toBeUndefined();
    expect(await goOn(stopped([...first, ...second], steps.autorecon1 + steps.autorecon2))).toBe(
      `recon-all -autorecon2 -autorecon3 ${rest}`,
    );
    const half = stopped([...first, ...second], log);
    writeFileSync(join(half, 'scratch', 'subjects', 'sub-01', 'surf', 'rh.inflated.H'), '');
    expect(await goOn(half)).toBe(`recon-all -autorecon2 -autorecon3 ${rest}`);
    rmSync(join(half, 'scratch', 'subjects', 'sub-01', 'mri', 'T1.mgz'));
    expect(await goOn(half)).toBeUndefined();
  });

  it('starts from nothing where a single stage was asked for', async () => {
    const folder = stopped([...first, ...second], steps.autorecon1 + steps.autorecon2 + steps.autorecon3);
    expect(await goOn(folder, call.replace(' -all', ' -autorecon1'))).toBeUndefined();
  });

  it('clears what our dead attempt said of itself, and never what somebody else says', async () => {
    const mine = stopped(first, steps.autorecon1 + steps.autorecon2);
    await goOn(mine);
    const isRunning = join('scratch', 'subjects', 'sub-01', 'scripts', 'IsRunning.lh+rh');
    expect(existsSync(join(mine, isRunning))).toBe(false);
    const theirs = stopped(first, steps.autorecon1 + steps.autorecon2, 'workstation-7');
    await expect(goOn(theirs)).rejects.toMatchObject({ code: 'input.invalid' });
    expect(existsSync(join(theirs, isRunning))).toBe(true);
  });
});
