import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engineForTests } from '../integration/docker/support.js';
import { runCli } from '../support/cli.js';
import { writeEventsDataset } from '../support/events-dataset.js';
import { eventsOf, suitesLock, suitesSettings, writePlan } from '../support/suites-lab.js';
import { temporaryFolder } from '../support/temporary.js';

const runtime = await engineForTests();
const info = (await runtime?.engine.docker.info()) as { Runtimes?: object } | undefined;
/** A machine with GPUs would run these jobs. */
const hasNvidia = 'nvidia' in (info?.Runtimes ?? {});
const lock = suitesLock();

let root: string;

afterAll(async () => {
  await runtime?.close();
  rmSync(dirname(lock), { recursive: true, force: true });
});

beforeEach(() => {
  root = temporaryFolder();
  mkdirSync(join(root, 'state'));
  writeEventsDataset(join(root, 'data'), 1);
});

describe.skipIf(runtime === undefined || hasNvidia)(
  'a job that asks for a GPU where the container engine offers none',
  { timeout: 120_000 },
  () => {
    beforeAll(async () => {
      root = temporaryFolder();
      const locked = await runCli(['env', 'lock', 'coreutils'], suitesSettings(root, lock));
      expect([locked.stderr, locked.code]).toEqual(['', 0]);
    }, 600_000);

    it('is refused in plain words before it starts, where it needs one', async () => {
      const plan = writePlan(root, ['lab/needs-gpu']);
      const { code, stderr } = await runCli(['run', plan, '--yes'], suitesSettings(root, lock));
      expect(code).toBe(5);
      expect(stderr).toContain('the container engine offers no GPU: it has no NVIDIA runtime');
      expect(stderr).toContain('NVIDIA Container Toolkit');
      expect(stderr).toContain('lab/needs-gpu');
      expect(eventsOf(join(root, 'out')).filter(({ type }) => type.startsWith('job.'))).toEqual([]);
    });

    it('runs without one and without a mark, where it can', async () => {
      const plan = writePlan(root, ['lab/likes-gpu']);
      const { code, stderr } = await runCli(['run', plan, '--yes'], suitesSettings(root, lock));
      expect([stderr, code]).toEqual(['', 0]);
      const committed = eventsOf(join(root, 'out')).filter(({ type }) => type === 'job.committed');
      expect(committed.map(({ body }) => body['degraded'])).toEqual([[]]);
    });
  },
);
