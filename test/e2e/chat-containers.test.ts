import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanTracts } from '../../src/imaging/scan-tracts.js';
import { readHeads } from '../../src/trace/heads.js';
import { verifyTrace } from '../../src/trace/verify.js';
import { engineForTests, hosts } from '../integration/docker/support.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { temporaryFolder } from '../support/temporary.js';
import { hasTerminal, Terminal } from '../support/terminal.js';

const runtime = await engineForTests();

describe.skipIf(runtime === undefined || !hasTestData || !hasTerminal)(
  'DICOM to tractogram by conversation',
  () => {
    it('in a terminal, in pinned containers, checked on the screen', { timeout: 1_800_000 }, async () => {
      const root = temporaryFolder();
      mkdirSync(join(root, 'state'));
      const env = cliEnvironment(join(root, 'state'), {
        NEUROCLAW_LOCK: join(root, 'neuroclaw.lock.json'),
        ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
      });
      const locked = await runCli(['env', 'lock', 'mrtrix3', 'dcm2niix'], env);
      expect([locked.stderr, locked.code]).toEqual(['', 0]);

      const data = testData('dicom', 'siemens-trio-dti20');
      const terminal = new Terminal(
        ['chat', '--data', data, '--out', 'study', '--runtime', 'docker'],
        env,
        root,
      );
      try {
        await terminal.see('it plans by rules');
        terminal.type('what is in this folder?\n');
        await terminal.see('a folder of DICOMs: 1 series of 1 patient');
        terminal.type('convert these DICOMs as sub-01, then a whole-brain tractogram, quick test\n');
        await terminal.see('stage tractogram  diffusion/tractogram');
        await terminal.see('compiled after dicom-to-bids');
        await terminal.see(/run it\? >$/);
        terminal.type('yes\n');
        // The second stage compiles on what the first made, and waits for a yes of its own.
        await terminal.see(
          /stage tractogram.*-> derivatives\/diffusion-tractogram[\s\S]*run it\? >$/,
          600_000,
        );
        terminal.type('how many series are there in this data?\n');
        await terminal.see(/series are there[\s\S]*1 series of 1 patient[\s\S]*run it\? >$/);
        terminal.type('yes\n');
        await terminal.see(/^\[\d+\/\d+\] >/m, 60_000);
        terminal.type('status\n');
        await terminal.see(/is running: /);
        await terminal.see(/finished {2}run/, 1_200_000);
        terminal.type('methods\n');
        await terminal.see(/tckgen|probabilistic|streamlines/i);
        terminal.key('C-d');
        expect(await terminal.ended()).toBe('0');
      } finally {
        terminal.close();
      }
      const out = join(root, 'study');
      const [run = ''] = readdirSync(join(out, '.neuroclaw', 'runs'));
      const { heads } = await readHeads([join(out, '.neuroclaw', 'heads.jsonl')], run);
      const trace = join(out, '.neuroclaw', 'runs', run, 'trace.jsonl');
      expect((await verifyTrace(trace, heads)).findings).toEqual([]);
      const tracts = readdirSync(join(out, 'derivatives/diffusion-tractogram'), { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.tck'));
      expect(tracts).toHaveLength(1);
      const { streamlines } = await scanTracts(
        join(out, 'derivatives/diffusion-tractogram', tracts[0] ?? ''),
      );
      expect(streamlines).toBe(1000);
    });
  },
);
