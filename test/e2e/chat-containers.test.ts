import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGradients } from '../../src/imaging/gradients.js';
import { scanTracts } from '../../src/imaging/scan-tracts.js';
import { readHeads } from '../../src/trace/heads.js';
import { readTrace } from '../../src/trace/reader.js';
import { verifyTrace } from '../../src/trace/verify.js';
import { engineForTests, hosts } from '../integration/docker/support.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { medianInside } from '../support/median-inside.js';
import { temporaryFolder } from '../support/temporary.js';
import { hasTerminal, Terminal } from '../support/terminal.js';

const runtime = await engineForTests();

/** What a stage of the tensor pipeline, or of tractography, may take on a machine that others use too. */
const STAGE_MS = 1_200_000;

/** A value of the tables that end a run: the number below a column's name. */
function shown(screen: string, stage: string, column: string): number {
  const lines = screen.slice(screen.lastIndexOf('finished  run')).split('\n');
  const head = lines.findIndex((line) => line.startsWith(`stage ${stage}`));
  const names = (lines[head + 1] ?? '').trim().split(/\s{2,}/);
  const values = (lines[head + 2] ?? '').trim().split(/\s{2,}/);
  return Number(values[names.findIndex((name) => name.replace(/ \(.*/, '') === column)]);
}

describe.skipIf(runtime === undefined || !hasTestData || !hasTerminal)(
  'DICOM to tensor maps and tractogram by conversation',
  () => {
    it(
      'the whole job in a terminal, in pinned containers, checked on the screen',
      { timeout: 3_000_000 },
      async () => {
        const root = temporaryFolder();
        mkdirSync(join(root, 'state'));
        const env = cliEnvironment(join(root, 'state'), {
          NEUROCLAW_LOCK: join(root, 'neuroclaw.lock.json'),
          ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
        });
        const locked = await runCli(['env', 'lock', 'mrtrix3', 'dcm2niix'], env);
        expect([locked.stderr, locked.code]).toEqual(['', 0]);

        const data = testData('dicom', 'siemens-trio-dti20');
        const out = join(root, 'study');
        const derivatives = join(out, 'derivatives');
        const terminal = new Terminal(
          ['chat', '--data', data, '--out', 'study', '--runtime', 'docker'],
          env,
          root,
        );
        try {
          await terminal.see('it plans by rules');
          terminal.type('what is in this folder?\n');
          await terminal.see('a folder of DICOMs: 1 series of 1 patient');

          // The plan as it is known now, with its jobs, time and disk; what it lacks is said in words.
          terminal.type('convert these DICOMs to BIDS, then tensor maps and a whole-brain tractogram\n');
          await terminal.see(/dwi subject=ANON[\s\S]*run it\? >$/);
          terminal.type('make it sub-01\n');
          await terminal.see(/dwi subject=01 direction=AP dwi[\s\S]*run it\? >$/);
          await terminal.see(/3 jobs, about .* of tool time, up to .* of disk/);
          await terminal.see('stage tractogram  diffusion/tractogram 1.1.0, compiled after dicom-to-bids');
          expect(existsSync(join(out, '.neuroclaw', 'runs'))).toBe(false);
          terminal.type('yes\n');

          // Each later stage compiles on what the first made, shows itself, and waits for a yes of its own.
          await terminal.see(
            /stage tensor .*-> derivatives\/diffusion-tensor[\s\S]*21 jobs, about .* of tool time, up to .* of disk[\s\S]*run it\? >$/,
            STAGE_MS,
          );
          terminal.type('how many series are there in this data?\n');
          await terminal.see(/series are there[\s\S]*1 series of 1 patient[\s\S]*run it\? >$/);
          expect(existsSync(join(derivatives, 'diffusion-tensor', 'sub-01'))).toBe(false);
          terminal.type('yes\n');
          await terminal.see(/^\[\d+\/\d+\] >/m, STAGE_MS);
          terminal.type('what is odd?\n');
          await terminal.see(
            /> what is odd\?\n[\s\S]*nothing that the headers show looks odd[\s\S]*^\[\d+\/\d+\] >$/m,
          );
          await terminal.see(
            /done tensor\/[\s\S]*stage tractogram .*-> derivatives\/diffusion-tractogram[\s\S]*17 jobs, about [\s\S]*run it\? >$/,
            STAGE_MS,
          );
          await terminal.see('one shell above b=0 tells one tissue');
          terminal.type('yes\n');
          await terminal.see(/run it\? > yes\nit goes on\n[\s\S]*^\[\d+\/\d+\] >$/m);
          terminal.type('status\n');
          await terminal.see(/is running: DICOM to BIDS[\s\S]* of 41 jobs planned/);

          const screen = await terminal.see(/finished {2}run .*: \d+ committed[\s\S]*\n>$/, STAGE_MS);
          expect(shown(screen, 'tractogram', 'streamlines')).toBe(5000);
          const tensor = join(derivatives, 'diffusion-tensor', 'sub-01', 'dwi', 'sub-01_dir-AP');
          const fa = await medianInside(
            `${tensor}_model-tensor_param-fa_dwimap.nii.gz`,
            `${tensor}_desc-brain_mask.nii.gz`,
          );
          expect(fa).toBeGreaterThan(0.15);
          expect(fa).toBeLessThan(0.25);
          expect(shown(screen, 'tensor', 'fa_median')).toBeCloseTo(fa, 3);
          expect(screen).toContain(`report   ${join(out, 'report', 'index.html')}`);

          terminal.type('methods\n');
          await terminal.see(/dwidenoise of mrtrix3 3[\s\S]*tckgen of mrtrix3 3[\s\S]*https:\/\/doi\.org\//);
          terminal.type('who approved this?\n');
          await terminal.see(/who approved this\?[\s\S]*user \(conversation/);
          terminal.key('C-d');
          expect(await terminal.ended()).toBe('0');
        } finally {
          terminal.close();
        }

        const [run = '', ...others] = readdirSync(join(out, '.neuroclaw', 'runs'));
        expect(others).toEqual([]);
        const trace = join(out, '.neuroclaw', 'runs', run, 'trace.jsonl');
        const { heads } = await readHeads([join(out, '.neuroclaw', 'heads.jsonl')], run);
        expect((await verifyTrace(trace, heads)).findings).toEqual([]);
        const approvals: string[] = [];
        const runtimes = new Set<string>();
        for await (const { type, body, actor } of readTrace(trace)) {
          if (type === 'run.approved') approvals.push(`${actor.kind} ${String(body['stage'])}`);
          const { name = '', runtime: entered = '' } = (body['environment'] ?? {}) as Record<string, string>;
          if (type === 'job.started' && /^(mrtrix3|dcm2niix)$/.test(name)) runtimes.add(entered);
        }
        expect(approvals).toEqual(['human dicom-to-bids', 'human tensor', 'human tractogram']);
        expect([...runtimes]).toEqual(['docker']);
        const verified = await runCli(['trace', 'verify', '--out', out, '--json'], env);
        expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });

        const raw = join(out, 'bids', 'sub-01', 'dwi', 'sub-01_dir-AP_dwi');
        const { bvals, findings } = await readGradients(`${raw}.bval`, `${raw}.bvec`);
        expect([bvals.length, findings]).toEqual([42, []]);
        const tracts = join(
          derivatives,
          'diffusion-tractogram',
          'sub-01',
          'dwi',
          'sub-01_dir-AP_tractography.tck',
        );
        expect((await scanTracts(tracts)).streamlines).toBe(5000);
      },
    );
  },
);
