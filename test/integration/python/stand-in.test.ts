import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEnvironments, type EnvironmentRegistry } from '../../../src/environments/registry.js';
import { createRuntimes } from '../../../src/environments/runtime-set.js';
import { createDockerDriver } from '../../../src/environments/runtimes/docker/docker-driver.js';
import type { DockerRuntime } from '../../../src/environments/runtimes/docker/docker-runtime.js';
import { createVenvDriver } from '../../../src/environments/runtimes/venv/venv-driver.js';
import { openOrStandIn } from '../../../src/environments/stand-in.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';
import { engineForTests, hosts, lockForTests } from '../docker/support.js';
import { Attempts, runCall } from '../environments/support.js';

const attempts = new Attempts();
const lock = join(attempts.root, 'neuroclaw.lock.json');
let runtime: DockerRuntime | undefined;
let environments: EnvironmentRegistry['environments'];
const { skills } = await loadSkills([join(projectFolder, 'skills')]);

beforeAll(async () => {
  ({ environments } = await loadEnvironments([join(projectFolder, 'environments')]));
  runtime = await engineForTests();
  // The only one that is locked: as on a machine that reaches Debian and no PyPI.
  if (runtime !== undefined) await lockForTests(runtime, 'python-neuro-debian', lock);
}, 900_000);
afterAll(async () => {
  attempts.remove();
  await runtime?.close();
});

const runtimes = createRuntimes({
  allowHost: false,
  workers: 1,
  drivers: [createDockerDriver({ lock, hosts }), createVenvDriver({ lock, cache: attempts.root })],
});

function need(id: string): Parameters<typeof openOrStandIn> {
  const [skill, wanted] = [skills.get(id), environments.get('python-neuro')];
  if (skill === undefined || wanted === undefined) throw new Error(id);
  return [wanted, skill.contract, environments, runtimes];
}

describe('where only the Python of Debian is locked', () => {
  it('it runs the skills whose packages it has, and that is said', async (context) => {
    if (runtime === undefined) return context.skip('no container engine answers');
    const { open, substitution } = await openOrStandIn(...need('lesion/measures'));
    expect(open.identity).toMatchObject({ name: 'python-neuro-debian', runtime: 'docker' });
    expect(substitution).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('python-neuro-debian takes the place of python-neuro') as string,
    });
    const code = 'import nibabel, scipy, mne, dipy; print(nibabel.__version__, mne.__version__)';
    const ran = await runCall(open, attempts.call(['python3', '-c', code]));
    expect([ran.stderr, ran.stdout]).toEqual(['', '5.0.0 1.3.0\n']);
  });

  it('a skill that needs what it lacks is refused before it starts, with every command that helps', async (context) => {
    if (runtime === undefined) return context.skip('no container engine answers');
    const wanted = [...skills.values()].find((skill) => skill.contract.python.includes('nilearn'));
    await expect(openOrStandIn(...need(wanted?.id ?? ''))).rejects.toMatchObject({
      errorClass: 'preflight',
      hint: expect.stringMatching(
        /env lock python-neuro.*env lock python-neuro --runtime venv.*python-neuro-debian cannot take its place: it lacks nilearn/,
      ) as string,
    });
  });
});
