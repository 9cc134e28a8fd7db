import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchResults, prepareWorkspace } from '../../../src/engine/workspace.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);

/** A job of a skill with one file in each role, in an attempt folder of its own. */
function prepared(id: string, roles: readonly string[], outputs: object[], params = {}): [never, string] {
  const folder = temporaryFolder();
  for (const name of ['out', 'scratch', 'data']) mkdirSync(join(folder, name));
  const mounts = roles.map((role) => {
    const hostPath = join(folder, 'data', role);
    writeFileSync(hostPath, role, { mode: 0o444 });
    return { hostPath, toolPath: `in/${role}/${role}.dat` };
  });
  const inputs = roles.map((role) => ({ role, shape: 'folder' }));
  const job = { id: 'stage/step', skill: id, params, inputs, outputs };
  return [{ job, skill: skills.get(id)!, mounts } as never, folder];
}

describe('the working folder of a job', () => {
  it('holds copies that the tool may change, and gives back what the tool left', async () => {
    const outputs = [{ id: 'bedpost', path: 'bedpostX' }];
    const [job, folder] = prepared('fsl/bedpostx', ['dwi', 'mask', 'bvecs', 'bvals'], outputs);
    await prepareWorkspace(job, folder);
    const copy = join(folder, 'scratch', 'subject', 'bvecs');
    expect(readFileSync(copy, 'utf8')).toBe('bvecs');
    writeFileSync(copy, 'changed');
    expect(readFileSync(join(folder, 'data', 'bvecs'), 'utf8')).toBe('bvecs');
    mkdirSync(join(folder, 'scratch', 'subject.bedpostX'));
    writeFileSync(join(folder, 'scratch', 'subject.bedpostX', 'dyads1.nii.gz'), 'x');
    await fetchResults(job, folder);
    expect(existsSync(join(folder, 'out', 'bedpostX', 'dyads1.nii.gz'))).toBe(true);
  });

  it('has the folders that a tool wants to find', async () => {
    const [job, folder] = prepared('fsl/fslsplit', ['image'], [{ id: 'volumes', path: 'volumes' }]);
    await prepareWorkspace(job, folder);
    expect(existsSync(join(folder, 'out', 'volumes'))).toBe(true);
  });

  it('holds a folder that another job made, whole and open to changes', async () => {
    const outputs = [{ id: 'reconstruction', path: 'sub-01' }];
    const [job, folder] = prepared('freesurfer/recon-all', [], outputs, { subject: 'sub-01' });
    const made = join(folder, 'data', 'sub-01', 'mri');
    mkdirSync(made, { recursive: true });
    writeFileSync(join(made, 'T1.mgz'), 'x', { mode: 0o444 });
    Object.assign(job, {
      mounts: [{ hostPath: join(folder, 'data', 'sub-01'), toolPath: 'in/previous/sub-01' }],
    });
    (job as { job: { inputs: object[] } }).job.inputs = [{ role: 'previous', shape: 'file' }];
    await prepareWorkspace(job, folder);
    const copy = join(folder, 'scratch', 'subjects', 'sub-01', 'mri', 'T1.mgz');
    writeFileSync(copy, 'changed');
    expect(readFileSync(join(made, 'T1.mgz'), 'utf8')).toBe('x');
  });

  it('holds folders side by side, each under its own name', async () => {
    const outputs = [{ id: 'reconstruction', path: 'sub-01_base' }];
    const [job, folder] = prepared('freesurfer/recon-all-base', [], outputs, { template: 'sub-01_base' });
    const names = ['sub-01_ses-a', 'sub-01_ses-b'];
    for (const name of names) {
      mkdirSync(join(folder, 'data', name, 'mri'), { recursive: true });
      writeFileSync(join(folder, 'data', name, 'mri', 'T1.mgz'), name);
    }
    Object.assign(job, {
      mounts: names.map((name) => ({
        hostPath: join(folder, 'data', name),
        toolPath: `in/subjects/${name}`,
      })),
    });
    (job as { job: { inputs: object[] } }).job.inputs = [{ role: 'subjects', shape: 'folder' }];
    await prepareWorkspace(job, folder);
    for (const name of names)
      expect(readFileSync(join(folder, 'scratch', 'subjects', name, 'mri', 'T1.mgz'), 'utf8')).toBe(name);
  });

  it('is named by parameters that are names, not paths', async () => {
    const outputs = [{ id: 'reconstruction', path: 'x' }];
    const [good, folder] = prepared('freesurfer/recon-all', ['previous'], outputs, { subject: 'sub-01' });
    await prepareWorkspace(good, folder);
    expect(existsSync(join(folder, 'scratch', 'subjects', 'sub-01', 'previous.dat'))).toBe(true);
    for (const subject of ['../../x', 'a/b', '..', '']) {
      const [bad, elsewhere] = prepared('freesurfer/recon-all', ['previous'], outputs, { subject });
      await expect(prepareWorkspace(bad, elsewhere)).rejects.toMatchObject({ code: 'param.invalid' });
    }
  });
});
