import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../integration/docker/support.js';
import { runCli } from '../support/cli.js';
import { writeEventsDataset } from '../support/events-dataset.js';
import { eventsOf, suitesLock, suitesSettings, writePlan } from '../support/suites-lab.js';
import { temporaryFolder } from '../support/temporary.js';

const runtime = await engineForTests();
const lock = suitesLock();
afterAll(async () => {
  await runtime?.close();
  rmSync(dirname(lock), { recursive: true, force: true });
});

describe.skipIf(runtime === undefined)(
  'a tool that can go on from its own work',
  { timeout: 240_000 },
  () => {
    it('finds what its failed attempt left, once, and never in the store', async () => {
      const root = temporaryFolder();
      mkdirSync(join(root, 'state'));
      writeEventsDataset(join(root, 'data'), 1);
      const env = suitesSettings(root, lock);
      const locked = await runCli(['env', 'lock', 'coreutils'], env);
      expect([locked.stderr, locked.code]).toEqual(['', 0]);
      const plan = writePlan(root, ['lab/goes-on']);
      const state = join(root, 'out', '.neuroclaw');
      const kept = (): string[] => (existsSync(join(state, 'work')) ? readdirSync(join(state, 'work')) : []);
      const [goesOn, keys]: [unknown[], unknown[]] = [[], []];
      for (const left of [1, 0, 1]) {
        expect((await runCli(['run', plan, '--yes'], env)).code).toBe(10);
        const staged = eventsOf(join(root, 'out')).filter(({ type }) => type === 'job.staged');
        goesOn.push(staged.at(-1)?.body['goes_on_from']);
        keys.push(staged.at(-1)?.body['key']);
        // What the tool failed on twice is not tried a third time.
        expect(kept()).toHaveLength(left);
      }
      expect(kept()).toEqual([keys[0]]);
      expect(new Set(keys).size).toBe(1);
      const attempts = readdirSync(join(state, 'failed'));
      expect(goesOn).toEqual([undefined, expect.any(String), undefined]);
      expect(attempts).toContain(goesOn[1]);
      expect(readdirSync(join(state, 'store'))).toEqual([]);
    });
  },
);
