import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withMarks } from '../../../src/engine/degraded.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);
const skill = skills.get('mrtrix3-fsl/dwifslpreproc')!;
const ended = { reason: 'exited', exitCode: 0, wallS: 1 } as const;

/** The marks of a job that said this on stderr. */
async function marks(said: string, gpu: boolean): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const logs = { stdout: join(folder, 'stdout.log'), stderr: join(folder, 'stderr.log'), gpu };
  writeFileSync(logs.stderr, said);
  return (await withMarks(ended, logs, skill)).degraded ?? [];
}

describe('the marks of dwifslpreproc', () => {
  // As MRtrix3 prints them.
  const cuda = 'dwifslpreproc: Command:  eddy_cuda11.0 --imain=eddy_in.nii --out=dwi_post_eddy\n';
  const fallback =
    "dwifslpreproc: CUDA version of 'eddy' was not successful; attempting OpenMP version\n" +
    'dwifslpreproc: Command:  eddy_cpu --imain=eddy_in.nii\n';

  it('say that the CUDA version failed and the CPU version went on', async () => {
    expect(await marks(cuda + fallback, true)).toEqual(['gpu-unused']);
  });

  it('say that a GPU was given and never asked for', async () => {
    expect(await marks('dwifslpreproc: Command:  eddy_cpu --imain=eddy_in.nii\n', true)).toEqual([
      'gpu-unused',
    ]);
  });

  it('are none where the GPU was used, or none was given', async () => {
    expect(await marks(cuda, true)).toEqual([]);
    expect(await marks('dwifslpreproc: Command:  eddy_cpu --imain=eddy_in.nii\n', false)).toEqual([]);
  });
});
