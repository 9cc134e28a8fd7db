import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gpuFindings, grantedGpus } from '../../../src/engine/gpu.js';
import type { GpuProbe, OpenEnvironment } from '../../../src/environments/runtime.js';
import { errorFinding } from '../../../src/kernel/findings.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);
const never = new AbortController().signal;
const required = skills.get('fsl/eddy-cuda')!;
const optional = skills.get('mrtrix3-fsl/dwifslpreproc')!;
const none = skills.get('fsl/eddy')!;

const device = { name: 'Quadro P400', uuid: 'GPU-11', driver: '470.57.02' };
const tooOld = errorFinding('preflight.gpu', 'the NVIDIA driver 470.57.02 is too old');
const seeing = (probe: GpuProbe | undefined): OpenEnvironment =>
  (probe === undefined ? {} : { probeGpu: () => Promise.resolve(probe) }) as unknown as OpenEnvironment;

const good = seeing({ devices: [device], findings: [] });
const old = seeing({ devices: [device], findings: [tooOld] });
const nothing = seeing({ devices: [], findings: [errorFinding('preflight.gpu', 'no GPU')] });

describe('a GPU', () => {
  it('that is missing or will not do stops a stage only where a skill cannot do without', async () => {
    expect(await gpuFindings(required, good, never)).toEqual([]);
    for (const lacking of [old, nothing]) {
      expect(await gpuFindings(required, lacking, never)).toMatchObject([
        { code: 'preflight.gpu', place: { skill: 'fsl/eddy-cuda' } },
      ]);
      expect(await gpuFindings(optional, lacking, never)).toEqual([]);
    }
  });

  it('is given, with its driver, to what needs or can use one, and to nothing else', async () => {
    for (const skill of [required, optional])
      expect(await grantedGpus(skill, good, never)).toEqual({ devices: [device], unused: false });
    expect(await grantedGpus(none, good, never)).toEqual({ unused: false });
  });

  it('that will not do is not given to what can do without, and said to be unused', async () => {
    expect(await grantedGpus(optional, old, never)).toEqual({ unused: true });
    expect(await grantedGpus(optional, nothing, never)).toEqual({ unused: false });
  });

  it('is asked for by what needs one also where nothing is known before', async () => {
    expect(await grantedGpus(required, seeing(undefined), never)).toEqual({ devices: [], unused: false });
    expect(await grantedGpus(optional, seeing(undefined), never)).toEqual({ unused: false });
  });
});
