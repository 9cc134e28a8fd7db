import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEvents } from '../../../src/bids/events.js';
import { parseTsv } from '../../../src/bids/tsv.js';
import { runChecks } from '../../../src/checks/catalog.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { regressor } from '../../../src/synthetic/hrf.js';
import { hasTestData, testData } from '../../support/data.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { correlation, leastSquares } from './least-squares.js';

const TR = 2.5;
const RUNS = [1, 2, 3, 4, 5, 6];
const conditions = ['bottle', 'cat', 'chair', 'face', 'house', 'scissors', 'scrambledpix', 'shoe'];
const environment: OpenEnvironment | undefined = hasTestData ? await openPythonNeuro() : undefined;
let folder = '';

function file(run: number, rest: string): string {
  return testData('bids', 'haxby-slice', 'sub-1', 'func', `sub-1_task-objectviewing_run-0${run}_${rest}`);
}

function open(): OpenEnvironment {
  if (environment === undefined) throw new Error('no environment');
  return environment;
}

async function table(
  path: string,
): Promise<{ columns: readonly string[]; rows: readonly Readonly<Record<string, string>>[] }> {
  return parseTsv(await readFile(path, 'utf8'), { file: path });
}

async function voxelsOf(path: string): Promise<{ data: number[] }> {
  return { data: [...(await readVoxels(await readNiftiHeader(path)))] };
}

describe.skipIf(environment === undefined)('a GLM over six real runs', () => {
  const designs: string[] = [];
  let effect = '';
  let output: (id: string) => string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw glm '));
    for (const run of RUNS) {
      const design = await succeed(
        runSkill(open(), folder, 'nilearn/design-matrix', {
          inputs: { bold: file(run, 'bold.nii.gz'), events: file(run, 'events.tsv') },
          params: { repetition_time: TR, high_pass: 128 },
        }),
      );
      designs.push(design('design'));
    }
    output = await succeed(
      runSkill(open(), folder, 'nilearn/first-level', {
        inputs: { bold: RUNS.map((run) => file(run, 'bold.nii.gz')), designs },
        params: { contrast: ['face-house'], noise_model: 'ar1' },
      }),
    );
    effect = output('effect');
  }, 300_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('has designs that agree with those built here, condition by condition, and would not a TR later', async () => {
    const least = { here: 1, later: 0 };
    for (const [index, path] of designs.entries()) {
      const { rows } = await table(path);
      const { events } = parseEvents(readFileSync(file(index + 1, 'events.tsv'), 'utf8'), {
        file: 'events.tsv',
      });
      const periods = events.map(({ onset, duration = 0, trialType = '' }) => ({
        onset,
        duration,
        trialType,
      }));
      const times = rows.map((_, volume) => volume * TR);
      for (const condition of conditions) {
        const column = rows.map((row) => Number(row[condition]));
        const here = correlation(column, regressor(periods, condition, times));
        const later = correlation(
          column,
          regressor(
            periods,
            condition,
            times.map((time) => time - TR),
          ),
        );
        least.here = Math.min(least.here, here);
        least.later = Math.max(least.later, later);
      }
    }
    expect(least.here).toBeGreaterThanOrEqual(0.985);
    // What a shift by one TR does: it must fall below the bound that the right design passes.
    expect(least.later).toBeLessThan(0.985);
  });

  it('has a face > house map that agrees with least squares over those designs', async () => {
    const mask = await voxelsOf(output('used_mask'));
    const inside = [...mask.data.keys()].filter((voxel) => (mask.data[voxel] ?? 0) > 0);
    expect(inside.length).toBeGreaterThan(400);
    const sums = inside.map(() => 0);
    for (const [index, path] of designs.entries()) {
      const { columns, rows } = await table(path);
      const names = columns.filter((name) => name !== 'frame_time');
      const design = rows.map((row) => names.map((name) => Number(row[name])));
      const run = await voxelsOf(file(index + 1, 'bold.nii.gz'));
      for (const [position, voxel] of inside.entries()) {
        const series = rows.map((_, volume) => run.data[volume * mask.data.length + voxel] ?? NaN);
        const weights = leastSquares(design, series);
        sums[position] =
          (sums[position] ?? NaN) +
          (weights[names.indexOf('face')] ?? NaN) / RUNS.length -
          (weights[names.indexOf('house')] ?? NaN) / RUNS.length;
      }
    }
    const map = await voxelsOf(effect);
    const found = inside.map((voxel) => map.data[voxel] ?? NaN);
    expect(correlation(found, sums)).toBeGreaterThan(0.97);
    // Not only the pattern: the size, too.
    const ratio = Math.hypot(...found) / Math.hypot(...sums);
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });

  it('agrees with least squares to the last digits where the noise model is ols', async () => {
    const ols = await succeed(
      runSkill(open(), folder, 'nilearn/first-level', {
        inputs: { bold: [file(1, 'bold.nii.gz')], designs: designs.slice(0, 1), mask: output('used_mask') },
        params: { contrast: ['face-house'], noise_model: 'ols' },
      }),
    );
    const { columns, rows } = await table(designs[0] ?? '');
    const names = columns.filter((name) => name !== 'frame_time');
    const design = rows.map((row) => names.map((name) => Number(row[name])));
    const run = await voxelsOf(file(1, 'bold.nii.gz'));
    const map = await voxelsOf(ols('effect'));
    let worst = 0;
    for (const [voxel, value] of map.data.entries()) {
      if (value === 0) continue;
      const weights = leastSquares(
        design,
        rows.map((_, volume) => run.data[volume * map.data.length + voxel] ?? NaN),
      );
      const due = (weights[names.indexOf('face')] ?? NaN) - (weights[names.indexOf('house')] ?? NaN);
      worst = Math.max(worst, Math.abs(value - due) / Math.max(1, Math.abs(due)));
    }
    expect(worst).toBeLessThan(1e-4);
  });

  it('is caught before commit where the design is late by one TR', async () => {
    const sound = await table(designs[0] ?? '');
    const late = sound.rows.map((row, index) => {
      const before = sound.rows[Math.max(0, index - 1)] ?? row;
      return sound.columns.map((name) => (conditions.includes(name) ? before[name] : row[name]));
    });
    const path = join(folder, 'late.tsv');
    writeFileSync(path, [sound.columns, ...late].map((cells) => cells.join('\t')).join('\n') + '\n');
    const [result] = await runChecks(
      {
        output: 'design',
        kind: 'tsv',
        path,
        inputs: { bold: [file(1, 'bold.nii.gz')], events: [file(1, 'events.tsv')] },
        outputs: {},
        params: { hrf_model: 'spm', slice_time_reference: 0 },
        sidecar: { RepetitionTime: TR },
      },
      [{ check: 'glm.design', args: { events: 'events', image: 'bold' } }],
    );
    expect(result?.ok).toBe(false);
    expect(result?.findings).toHaveLength(2 * conditions.length);
  });

  it('names the conditions that there are where a contrast asks for another', async () => {
    const { exit, said } = await runSkill(open(), folder, 'nilearn/first-level', {
      inputs: { bold: [file(1, 'bold.nii.gz')], designs: designs.slice(0, 1) },
      params: { contrast: ['face-hause'] },
    });
    expect(exit.exitCode).toBe(2);
    expect(said.trim()).toBe(
      `contrast 'face-hause': there is no 'hause'; the designs have ${conditions.join(', ')}`,
    );
  });

  it('refuses onsets in milliseconds and a repetition time that the header contradicts', async () => {
    const events = join(folder, 'ms_events.tsv');
    writeFileSync(events, 'onset\tduration\ttrial_type\n15000\t22500\tface\n');
    const milliseconds = await runSkill(open(), folder, 'nilearn/design-matrix', {
      inputs: { bold: file(1, 'bold.nii.gz'), events },
      params: { repetition_time: TR },
    });
    expect([milliseconds.exit.exitCode, milliseconds.said]).toEqual([
      2,
      expect.stringMatching(
        /starts at 15000.0 s, outside the run of 302.5 s; are the onsets in milliseconds\?/,
      ),
    ]);
    const other = await runSkill(open(), folder, 'nilearn/design-matrix', {
      inputs: { bold: file(1, 'bold.nii.gz'), events: file(1, 'events.tsv') },
      params: { repetition_time: 2 },
    });
    expect([other.exit.exitCode, other.said]).toEqual([
      2,
      expect.stringContaining('repetition time of 2.5 s, expected 2 s'),
    ]);
  });
});
