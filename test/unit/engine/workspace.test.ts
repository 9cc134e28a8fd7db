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
  const job = { id: 'stage/step', skill: id, params, outputs };
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
