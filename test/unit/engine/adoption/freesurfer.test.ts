import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adopt, type AdoptRequest } from '../../../../src/engine/adoption/adopt.js';
import { readAdoptions, type Adoption } from '../../../../src/engine/adoption/adoption.js';
import { changesOf } from '../../../../src/engine/adoption/changes.js';
import { FileDigests } from '../../../../src/engine/digests.js';
import { outputLayout } from '../../../../src/engine/layout.js';
import {
  aparcStats,
  asegStats,
  octahedron,
  reconAllLog,
  writeFreesurferSubject,
  writeSurface,
} from '../../../support/freesurfer-subject.js';
import { temporaryFolder } from '../../../support/temporary.js';

function subjects(names: readonly string[] = ['sub-01', 'sub-02', 'sub-03']): { root: string; out: string } {
  const folder = temporaryFolder();
  const root = join(folder, 'subjects');
  for (const name of names) writeFreesurferSubject(join(root, name), name);
  // What lies beside the subjects of every study.
  for (const part of ['surf', 'mri']) mkdirSync(join(root, 'fsaverage', part), { recursive: true });
  return { root, out: join(folder, 'out') };
}

const take = (root: string, out: string, more: Partial<AdoptRequest> = {}): Promise<Adoption> =>
  adopt({ root, out, signal: new AbortController().signal, ...more });

const listing = (root: string): string[] =>
  readdirSync(root, { recursive: true }).map(
    (name) => `${String(name)} ${statSync(join(root, String(name))).mtimeMs}`,
  );

const reasons = (adoption: Adoption, folder: string): string =>
  (adoption.refused.find((one) => one.folder === folder)?.findings ?? [])
    .map(({ place, message, expected }) => `${place?.file ?? ''}: ${message}; expected ${expected ?? ''}`)
    .join('\n');

const OLD = 'freesurfer-Linux-centos6_x86_64-stable-pub-v6.0.0-2beb96c';

function older(subject: string): void {
  writeFileSync(join(subject, 'scripts/recon-all.log'), reconAllLog('sub-02', OLD));
  writeFileSync(join(subject, 'scripts/build-stamp.txt'), `${OLD}\n`);
}

describe('adopting subjects of FreeSurfer', () => {
  it('takes whole subjects, with version and digests, and changes nothing in their folder', async () => {
    const { root, out } = subjects();
    const before = listing(root);
    const adoption = await take(root, out);
    expect(adoption.kind).toBe('freesurfer');
    expect(adoption.refused).toEqual([]);
    expect(adoption.makers).toEqual([{ name: 'FreeSurfer', version: '7.4.1' }]);
    expect(adoption.units.map(({ label, folder }) => `${label} ${folder}`)).toEqual([
      '01 sub-01',
      '02 sub-02',
      '03 sub-03',
    ]);
    expect(adoption.units[0]?.values).toMatchObject({ intracranial_ml: 1577.415239904 });
    expect(listing(root)).toEqual(before);
    expect(readAdoptions(outputLayout(out))).toEqual([adoption]);
  });

  it('reads sessions as fMRIPrep names them', async () => {
    const { root, out } = subjects(['sub-01_ses-pre', 'sub-01_ses-post']);
    const { units } = await take(root, out);
    expect(units.map(({ label, session }) => `${label} ${session ?? ''}`)).toEqual(['01 post', '01 pre']);
  });

  it.each<[string, (subject: string) => void, RegExp]>([
    [
      'a surface that is cut',
      (subject) => truncateSync(join(subject, 'surf/lh.white'), 120),
      /^sub-02\/surf\/lh\.white: .*it is cut \(6 points, 8 triangles\); expected all of them$/,
    ],
    [
      'no lh.pial',
      (subject) => rmSync(join(subject, 'surf/lh.pial')),
      /^sub-02\/surf\/lh\.pial: surf\/lh\.pial is missing; expected/,
    ],
    [
      'statistics of another subject',
      (subject) => writeFileSync(join(subject, 'stats/aseg.stats'), asegStats('sub-07')),
      /^sub-02\/stats\/aseg\.stats: stats\/aseg\.stats is of sub-07; expected sub-02, as the folder$/,
    ],
    [
      'a log with an error',
      (subject) =>
        appendFileSync(join(subject, 'scripts/recon-all.log'), 'recon-all -s sub-02 exited with ERRORS at\n'),
      /^sub-02\/scripts\/recon-all\.log: it does not end with a run that finished/,
    ],
    [
      'another version',
      older,
      /^sub-02\/scripts\/build-stamp\.txt: it was made by FreeSurfer 6\.0\.0, most others by 7\.4\.1/,
    ],
    [
      'stages of two versions',
      (subject) => writeFileSync(join(subject, 'scripts/build-stamp.txt'), `${OLD}\n`),
      /^sub-02\/scripts\/recon-all\.log: scripts\/recon-all\.log says version 7\.4\.1; expected 6\.0\.0/,
    ],
    [
      'no version at all',
      (subject) => {
        rmSync(join(subject, 'scripts/build-stamp.txt'));
        writeFileSync(join(subject, 'scripts/recon-all.log'), 'subjid sub-02\nfinished without error\n');
      },
      /neither its log nor its stamp says the version/,
    ],
    [
      'a hole in a surface',
      (subject) => writeSurface(join(subject, 'surf/rh.pial'), octahedron.slice(3)),
      /^sub-02\/surf\/rh\.pial: 3 edges are open; expected two triangles at each edge$/,
    ],
    [
      'a run that is still going on',
      (subject) => writeFileSync(join(subject, 'scripts/IsRunning.lh+rh'), 'HOST x'),
      /IsRunning/,
    ],
    [
      'a thickness that no cortex has',
      (subject) =>
        writeFileSync(join(subject, 'stats/lh.aparc.stats'), aparcStats('sub-02').replace('2.509', '25.09')),
      /bankssts is 25\.09 mm thick/,
    ],
  ])('refuses one with %s, says file and reason, and takes the others', async (_, spoil, reason) => {
    const { root, out } = subjects();
    spoil(join(root, 'sub-02'));
    const adoption = await take(root, out);
    expect(adoption.units.map(({ folder }) => folder)).toEqual(['sub-01', 'sub-03']);
    expect(reasons(adoption, 'sub-02')).toMatch(reason);
  });

  it('refuses a subject that is there twice under two names, in both', async () => {
    const { root, out } = subjects();
    rmSync(join(root, 'sub-02'), { recursive: true });
    cpSync(join(root, 'sub-01'), join(root, 'sub-02'), { recursive: true });
    const adoption = await take(root, out);
    expect(adoption.units.map(({ folder }) => folder)).toEqual(['sub-03']);
    expect(reasons(adoption, 'sub-02')).toContain('scripts/recon-all.log is of sub-01');
    expect(reasons(adoption, 'sub-01')).toContain('its mri/orig.mgz is that of sub-02, to the byte');
  });

  it('refuses two subjects that changed places', async () => {
    const { root, out } = subjects([]);
    for (const [name, own] of [
      ['sub-01', 'sub-02'],
      ['sub-02', 'sub-01'],
      ['sub-03', 'sub-03'],
    ] as const)
      writeFreesurferSubject(join(root, name), own);
    const adoption = await take(root, out);
    expect(adoption.units.map(({ folder }) => folder)).toEqual(['sub-03']);
  });

  it('takes several versions where the person wants them, and says so', async () => {
    const { root, out } = subjects();
    older(join(root, 'sub-02'));
    const adoption = await take(root, out, { mixedVersions: true });
    expect(adoption.refused).toEqual([]);
    expect(adoption.makers.map(({ version }) => version)).toEqual(['7.4.1', '6.0.0']);
    expect(adoption.units[1]?.findings[0]).toMatchObject({ severity: 'warning' });
  });

  it('finds later what changed and what is gone; looked at again, the content is another key', async () => {
    const { root, out } = subjects();
    const adoption = await take(root, out);
    const layout = outputLayout(out);
    expect(await changesOf(adoption, new FileDigests(layout.digests))).toEqual([]);
    // The same size: only the content tells.
    const table = aparcStats('sub-01').replace('2.509', '2.609');
    writeFileSync(join(root, 'sub-01/stats/lh.aparc.stats'), table);
    rmSync(join(root, 'sub-03/mri/orig.mgz'));
    expect(await changesOf(adoption, new FileDigests(layout.digests))).toEqual([
      { path: 'sub-01/stats/lh.aparc.stats', how: 'changed' },
      { path: 'sub-03/mri/orig.mgz', how: 'gone' },
    ]);
    const again = await take(root, out);
    expect(again.key).not.toBe(adoption.key);
    expect(readAdoptions(layout).map(({ key }) => key)).toEqual([again.key]);
  });

  it('gives the same content the same key, wherever it lies', async () => {
    const [first, second] = [subjects(), subjects()];
    expect((await take(first.root, first.out)).key).toBe((await take(second.root, second.out)).key);
  });

  it('says what a folder would have to be', async () => {
    const folder = temporaryFolder();
    await expect(take(folder, join(folder, 'out'))).rejects.toThrow(/inside the data/);
    await expect(take(folder, temporaryFolder())).rejects.toThrow(/no results that can be adopted/);
    await expect(take(join(folder, 'no'), temporaryFolder())).rejects.toThrow(/is no folder/);
  });
});
