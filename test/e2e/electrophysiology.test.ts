import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../src/bids/tsv.js';
import { runCli } from '../support/cli.js';
import { hasTestData } from '../support/data.js';
import { writeEegDataset } from '../support/eeg-dataset.js';
import { openPythonNeuro } from '../support/python-environment.js';
import { pythonOptions, pythonVariables, runWish } from '../support/run-wish.js';

const environment = await openPythonNeuro();

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-eeg-'));
  data = join(folder, 'data');
  if (hasTestData) await writeEegDataset(data);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function rowsOf(path: string): Promise<readonly Readonly<Record<string, string>>[]> {
  return parseTsv(await readFile(path, 'utf8'), { file: path }).rows;
}

/** Pictures that were committed, by the name of their step: from the records of the run. */
async function pictures(out: string): Promise<Map<string, string>> {
  const runs = join(out, '.neuroclaw', 'runs');
  const [run = ''] = await readdir(runs);
  const trace = await readFile(join(runs, run, 'trace.jsonl'), 'utf8');
  const found = new Map<string, string>();
  for (const line of trace.trim().split('\n')) {
    const { type, body } = JSON.parse(line) as { type: string; body: { job?: string; key?: string } };
    if (type !== 'job.committed' || body.key === undefined) continue;
    const path = join(out, '.neuroclaw', 'store', body.key, 'out', 'picture.svg');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) found.set(body.job?.split('/')[1] ?? '', text);
  }
  return found;
}

describe.skipIf(!environment || !hasTestData)(
  'electrophysiology, by the command line',
  { timeout: 300_000 },
  () => {
    it('spectra: alpha above beta at the back of the head, with pictures', async () => {
      const out = await runWish('alpha power of the EEG', data, folder, 'spectra');
      const place = join(
        out,
        'derivatives',
        'electrophysiology-spectra',
        'sub-01',
        'eeg',
        'sub-01_task-attention',
      );
      const bands = await rowsOf(`${place}_bandpower.tsv`);
      const density = (channel: string, band: string): number =>
        Number(
          bands.find((row) => row['channel'] === channel && row['band'] === band)?.['density_uv2_per_hz'],
        );
      for (const channel of ['O1', 'O2', 'Oz', 'PO3', 'PO4'])
        expect(density(channel, 'alpha')).toBeGreaterThan(2 * density(channel, 'beta'));
      const psd = await rowsOf(`${place}_psd.tsv`);
      expect(Number(psd.at(-1)?.['frequency_hz'])).toBeCloseTo(45, 0);
      const drawn = await pictures(out);
      expect([...drawn.keys()].sort()).toEqual(['psd-picture', 'raw-traces', 'scalp', 'traces']);
      for (const band of ['delta', 'theta', 'alpha', 'beta', 'gamma'])
        expect(drawn.get('scalp')).toContain(`>${band}</text>`);
      expect(drawn.get('raw-traces')).toMatch(/>\d+ uV<\/text>/);
    });

    it('erp: both conditions with their trials, and a later response after the square than after the button', async () => {
      const out = await runWish('event-related potentials', data, folder, 'erp', [
        ...['--set', 'contrasts=square-rt', 'no_blinks=keep'],
      ]);
      const place = join(
        out,
        'derivatives',
        'electrophysiology-erp',
        'sub-01',
        'eeg',
        'sub-01_task-attention',
      );
      const report = JSON.parse(await readFile(`${place}_desc-summary_erp.json`, 'utf8')) as {
        trials: Record<string, number>;
        conditions: string[];
      };
      // 80 squares and 74 answers, less what was dropped.
      expect(report.trials['square']).toBeGreaterThan(60);
      expect(report.trials['square']).toBeLessThanOrEqual(80);
      expect(report.trials['rt']).toBeGreaterThan(55);
      expect(report.trials['rt']).toBeLessThanOrEqual(74);
      expect(report.conditions).toEqual(expect.arrayContaining(['square', 'rt', 'square-rt']));
      const waves = await rowsOf(`${place}_erp.tsv`);
      const at = (condition: string, time: number): number =>
        Number(
          waves.find(
            (row) => row['condition'] === condition && Math.abs(Number(row['time_s']) - time) < 0.004,
          )?.['Pz'],
        );
      // The difference is the one less the other, sample by sample.
      expect(at('square-rt', 0.3)).toBeCloseTo(at('square', 0.3) - at('rt', 0.3), 3);
      const drawn = await pictures(out);
      for (const condition of ['square', 'rt', 'square-rt'])
        expect(drawn.get('scalp')).toContain(`>${condition}</text>`);
    });

    it('without pictures the same results are made, and no picture is drawn', async () => {
      const out = await runWish('alpha power of the EEG', data, folder, 'plain', ['--no-pictures']);
      expect((await pictures(out)).size).toBe(0);
      const place = [
        'derivatives',
        'electrophysiology-spectra',
        'sub-01',
        'eeg',
        'sub-01_task-attention_psd.tsv',
      ];
      expect(await readFile(join(out, ...place), 'utf8')).toBe(
        await readFile(join(folder, 'spectra', ...place), 'utf8'),
      );
    });

    it('a wish for conditions that the events do not have is refused with their names', async () => {
      const { code, stdout, stderr } = await runCli(
        [
          ...['run', 'event-related potentials', '--data', data, '--out', join(folder, 'wrong'), '--yes'],
          ...['--set', 'conditions=circle', 'no_blinks=keep'],
          ...pythonOptions,
        ],
        pythonVariables(folder),
      );
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(/circle.*(square|rt)/s);
    });
  },
);
