import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { licenseNotices } from '../../../src/app/license-notices.js';
import type { Job } from '../../../src/planning/job.js';
import { temporaryFolder } from '../../support/temporary.js';
import { world } from '../planning/support.js';

const jobs = (...skills: string[]): Job[] =>
  skills.map((skill, n) => ({ step: `step-${n + 1}`, skill }) as unknown as Job);

async function notices(file: string | undefined, ...skills: string[]) {
  return licenseNotices({ stage: 'recon', jobs: jobs(...skills) }, (await world).skills.skills, file);
}

describe('the licence of FreeSurfer in a plan', () => {
  it('is told where it is not configured, with the steps that need it, once', async () => {
    const told = await notices(undefined, 'freesurfer/recon-all', 'freesurfer/recon-all', 'niimath/smooth');
    expect(told).toMatchObject([
      {
        code: 'preflight.license',
        severity: 'warning',
        message: 'no FreeSurfer licence is configured, which step-1, step-2 need: the run will be refused',
        suggestion: expect.stringContaining('freesurfer_license') as string,
      },
    ]);
  });

  it('is told where the file is missing or empty, and its text is never in it', async () => {
    const file = join(temporaryFolder(), 'license.txt');
    expect((await notices(file, 'freesurfer/bbregister'))[0]?.message).toMatch(/is not there/);
    writeFileSync(file, '');
    expect((await notices(file, 'freesurfer/bbregister'))[0]?.message).toMatch(/empty/);
    writeFileSync(file, 'secret words');
    expect(await notices(file, 'freesurfer/bbregister')).toEqual([]);
    chmodSync(file, 0o600);
    expect(JSON.stringify(await notices(undefined, 'freesurfer/bbregister'))).not.toContain('secret');
  });

  it('is not spoken of where no job needs it', async () => {
    expect(await notices(undefined, 'niimath/smooth', 'fsl/bet')).toEqual([]);
  });
});
