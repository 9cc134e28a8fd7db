import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import type { DockerRuntime } from '../../../src/environments/runtimes/docker/docker-runtime.js';
import { openPythonNeuro, pythonCache } from '../../support/python-environment.js';
import { engineForTests, loadedEnvironment, lockForTests } from '../docker/support.js';
import { Attempts, runCall } from '../environments/support.js';
import { projectFolder } from '../../support/data.js';
import { pythonVariables } from '../../../src/skills/python-variables.js';

let venv: OpenEnvironment | undefined;
let docker: OpenEnvironment | undefined;
let runtime: DockerRuntime | undefined;
const attempts = new Attempts();
const program = join(attempts.root, 'program');

beforeAll(async () => {
  [venv, runtime] = await Promise.all([openPythonNeuro(), engineForTests()]);
  if (venv === undefined || runtime === undefined) return;
  const locked = await lockForTests(runtime, 'python-neuro', join(pythonCache, 'images.lock.json'));
  docker = await runtime.open(await loadedEnvironment('python-neuro'), locked);
  mkdirSync(program);
  cpSync(join(projectFolder, 'skills', '.modules', 'skill_io.py'), join(program, 'skill_io.py'));
  writeFileSync(join(program, 'run.py'), script);
}, 900_000);
afterAll(async () => {
  attempts.remove();
  await runtime?.close();
});

/** Smoothing, a linear fit and a spectrum of an image made by a seed: what differs with libraries, threads or order. */
const script = `
import numpy as np, nibabel as nib, scipy.ndimage as ndi, skill_io as io
from sklearn.decomposition import PCA
rng = np.random.default_rng(7)
data = rng.normal(100, 10, (24, 20, 16, 12)).astype(np.float32)
reference = nib.Nifti1Image(data, np.diag([3, 3, 3.5, 1]))
smooth = ndi.gaussian_filter(data, (1.2, 1.2, 1.2, 0))
io.save_like(smooth, reference, "/out/smooth.nii.gz")
pca = PCA(4, svd_solver="full").fit(smooth.reshape(-1, 12).astype(float))
io.write_json("/out/result.json", {
    "variance": pca.explained_variance_, "spectrum": np.abs(np.fft.rfft(smooth.mean(axis=(0, 1, 2)))),
    "labels": list({"left", "right", "vermis", "brainstem"}),
    "versions": io.versions("numpy", "scipy", "nibabel", "sklearn", "nilearn", "dipy", "mne", "ants"),
})
`;

describe('the same Python program in a virtual environment and in a container of one lock file', () => {
  it('gives the same bytes of image and JSON, versions included', { timeout: 180_000 }, async (context) => {
    if (venv === undefined || docker === undefined)
      return context.skip('needs CPython 3.11, PyPI and a container engine');
    const results = [];
    for (const environment of [venv, docker]) {
      const call = attempts.call(['python3', '/skill/run.py'], [], {
        skillFolder: program,
        env: pythonVariables(2),
        memoryMb: 3000,
        cpus: 2,
        walltimeS: 150,
      });
      const ran = await runCall(environment, call);
      expect([environment.identity.runtime, ran.exit.exitCode, ran.stderr]).toEqual([
        environment.identity.runtime,
        0,
        '',
      ]);
      results.push({
        image: readFileSync(join(call.folder, 'out', 'smooth.nii.gz')).toString('hex'),
        json: ran.output('result.json').toString(),
      });
    }
    // The lock file pins the packages; the container has Debian's patch release of CPython 3.11, this machine its own.
    const [here, there] = results.map(({ json }) => json.replace(/("python": "3\.11)\.\d+"/, '$1"'));
    expect(here).toMatch(/"python": "3\.11"/);
    expect(here).toBe(there);
    expect(results[0]?.image === results[1]?.image).toBe(true);
    expect(venv.identity.digest).not.toBe(docker.identity.digest);
  });
});
