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
async function marks(said: string, gpu: boolean, known: string[] = []): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const logs = { stdout: join(folder, 'stdout.log'), stderr: join(folder, 'stderr.log'), gpu };
  writeFileSync(logs.stderr, said);
  return (await withMarks(ended, logs, skill, known)).degraded ?? [];
}

describe('the marks of dwifslpreproc', () => {
  // As MRtrix3 prints them: run.py the commands, dwifslpreproc what it makes of the failure.
  const cuda = 'Command:  eddy_cuda11.0 --imain=eddy_in.nii --out=dwi_post_eddy --verbose\n';
  const cpu = 'Command:  eddy_cpu --imain=eddy_in.nii --out=dwi_post_eddy --verbose\n';
  const fallback = `dwifslpreproc: CUDA version of 'eddy' was not successful; attempting OpenMP version\n${cpu}`;

  it('say that the CUDA version failed and the CPU version went on', async () => {
    expect(await marks(cuda + fallback, true)).toEqual(['gpu-unused']);
  });

  it('say that a GPU was given and never asked for', async () => {
    expect(await marks(cpu, true)).toEqual(['gpu-unused']);
    // Its name alone, in a path or a message, is no use of it.
    expect(await marks(`looked for eddy_cuda in /opt/fsl/bin\n${cpu}`, true)).toEqual(['gpu-unused']);
  });

  it('are none where the GPU was used, or none was given', async () => {
    expect(await marks(cuda, true)).toEqual([]);
    expect(await marks(cpu, false)).toEqual([]);
  });

  it('say that a GPU was there and would not do', async () => {
    expect(await marks(cpu, false, ['gpu-unused'])).toEqual(['gpu-unused']);
  });
});
