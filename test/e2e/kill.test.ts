import { join } from 'node:path';
import { describe, it } from 'vitest';
import { cliEnvironment, labSettings } from '../support/cli.js';
import { KILLS, killAndResume, processesOf } from '../support/kill-and-resume.js';
import { temporaryFolder } from '../support/temporary.js';

describe('killing the process', () => {
  it(
    `at ${KILLS} seeded instants loses no committed job and shows no half-written output`,
    { timeout: 600_000 },
    async () => {
      const root = temporaryFolder();
      await killAndResume(root, cliEnvironment(join(root, 'state'), labSettings), [], processesOf);
    },
  );
});
