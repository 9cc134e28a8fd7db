import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labels } from '../../src/environments/runtimes/docker/labels.js';
import { engineForTests, hosts } from '../integration/docker/support.js';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { projectFolder } from '../support/data.js';
import { KILLS, killAndResume } from '../support/kill-and-resume.js';
import { temporaryFolder } from '../support/temporary.js';

const runtime = await engineForTests();

describe.skipIf(runtime === undefined)('killing the process while containers run', () => {
  it(
    `at ${KILLS} seeded instants leaves no container and loses nothing`,
    { timeout: 1_200_000 },
    async () => {
      const docker = runtime?.engine.docker;
      const root = temporaryFolder();
      mkdirSync(join(root, 'state'));
      const env = cliEnvironment(join(root, 'state'), {
        ...labSettings,
        NEUROCLAW_ENVIRONMENTS: join(projectFolder, 'test', 'fixtures', 'lab-containers'),
        NEUROCLAW_LOCK: join(root, 'neuroclaw.lock.json'),
        ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
      });
      const locked = await runCli(['env', 'lock', 'coreutils'], env);
      expect([locked.stderr, locked.code]).toEqual(['', 0]);
      await killAndResume(root, env, ['--runtime', 'docker'], async (store) => {
        const filters = JSON.stringify({ label: [`${labels.store}=${store}`] });
        const found = (await docker?.listContainers({ all: true, filters })) ?? [];
        return found.map((container) => `${container.State} ${container.Labels[labels.job] ?? ''}`);
      });
    },
  );
});
