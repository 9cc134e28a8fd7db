import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntimes, type RuntimeSet } from '../../../src/environments/runtime-set.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import type { JsonObject } from '../../../src/kernel/json.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { productEnvironment } from './support.js';

let folder: string;
let runtimes: RuntimeSet;
let tools: OpenEnvironment;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-charts-'));
  runtimes = createRuntimes({ allowHost: false, workers: 1 });
  tools = await runtimes.open(await productEnvironment('neuroclaw-pictures'));
});
afterAll(async () => {
  await runtimes.close();
  await rm(folder, { recursive: true });
});

async function file(
  name: string,
  lines: readonly (readonly (string | number)[])[],
  mark = '\t',
): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => `${line.join(mark)}\n`).join(''));
  return path;
}

async function draw(
  kind: string,
  inputs: Readonly<Record<string, string>>,
  params: JsonObject = {},
): Promise<string> {
  const run = await succeed(
    runSkill(tools, folder, `quality/picture-${kind}`, { inputs, params: { title: 'A title', ...params } }),
  );
  return readFile(run('picture'), 'utf8');
}

/** The cells of the PNG inside a chart: a pixel each. */
function cells(svg: string): { width: number; height: number; at: (x: number, y: number) => number[] } {
  const [, data = ''] = /data:image\/png;base64,([^"]+)/.exec(svg) ?? [];
  const { width, height, data: pixels } = decode(Buffer.from(data, 'base64'));
  return {
    width,
    height,
    at: (x, y) => [0, 1, 2].map((channel) => pixels[3 * (x + width * y) + channel] ?? -1),
  };
}

describe('quality/picture-matrix', () => {
  it('puts a connection where its row and column are, in blue below zero and red above', async () => {
    const table = await file('r.tsv', [
      ['region', 'left', 'right', 'mid'],
      ['left', 1, 0.5, -0.5],
      ['right', 0.5, 1, 0],
      ['mid', -0.5, 0, 1],
    ]);
    const svg = await draw('matrix', { table }, { unit: 'r' });
    const { width, height, at } = cells(svg);
    expect([width, height]).toEqual([3, 3]);
    const [red, , blue] = at(1, 0);
    expect(red).toBeGreaterThan((blue ?? 0) + 40);
    const [cold, , hot] = at(2, 0);
    expect(hot).toBeGreaterThan((cold ?? 0) + 40);
    expect(at(2, 1)).toEqual(at(1, 2));
    for (const label of ['left', 'right', 'mid', 'r']) expect(svg).toContain(`>${label}</text>`);
  });

  it('reads the bare numbers of MRtrix3, and says which row of a table is not square', async () => {
    const table = await file(
      'counts.csv',
      [
        [0, 3384],
        [3384, 1616],
      ],
      ',',
    );
    const { at } = cells(await draw('matrix', { table }, { scale: 'log' }));
    expect(at(1, 0)).toEqual(at(0, 1));
    expect(at(1, 0)).not.toEqual(at(0, 0));
    const broken = await file('broken.csv', [[0, 1], [1]], ',');
    const { exit, said } = await runSkill(tools, folder, 'quality/picture-matrix', {
      inputs: { table: broken },
      params: { title: 'Broken' },
    });
    expect([exit.exitCode, said.trim()]).toEqual([2, expect.stringContaining('row 2 has 1 numbers')]);
  });
});

describe('quality/picture-design', () => {
  it('has a column for each regressor and a row for each volume, each scaled by itself', async () => {
    const table = await file('design.tsv', [
      // The times of the volumes are no regressor.
      ['frame_time', 'face', 'drift'],
      [0, 0, -1000],
      [2, 1, 0],
      [4, 0, 1000],
    ]);
    const svg = await draw('design', { table });
    const { width, height, at } = cells(svg);
    expect([width, height]).toEqual([2, 3]);
    expect(at(0, 1)).toEqual(at(1, 2));
    expect(at(0, 0)).toEqual(at(1, 1));
    for (const name of ['face', 'drift']) expect(svg).toContain(`>${name}</text>`);
  });
});

describe('quality/picture-gradients', () => {
  it('turns up what points down, and draws it as a ring', async () => {
    const bval = await file('dwi.bval', [[0, 1000, 1000, 1000, 2000, 2000, 2000]], ' ');
    const bvec = await file(
      'dwi.bvec',
      [
        [0, 1, 0, 0, 0.6, 0, 0],
        [0, 0, 1, 0, 0.8, 0, 1],
        [0, 0, 0, -1, 0, 1, 0],
      ],
      ' ',
    );
    const svg = await draw('gradients', { bval, bvec });
    expect(svg).toContain('b = 1000');
    expect(svg).toContain('b = 2000');
    // Discs of the lower shell: two of its three directions and one of the legend. Of the upper one all three and one.
    expect(svg.match(/fill="#0072b2"/g)).toHaveLength(3);
    expect(svg.match(/fill="#d55e00"/g)).toHaveLength(4);
    // The ring has no disc, and lies in the middle: straight down was turned to straight up.
    expect(svg).toMatch(/translate\(160,160\)"[^>]*stroke="#0072b2"/);
  });
});

describe('quality/picture-lines', () => {
  it('draws a curve for each column of numbers but the axis', async () => {
    const table = await file('psd.tsv', [
      ['frequency', 'Oz', 'Pz', 'comment'],
      ...Array.from({ length: 20 }, (_, f) => [f + 1, 10 / (f + 1), 5 / (f + 1), 'text']),
    ]);
    const svg = await draw('lines', { table }, { x: 'frequency', y_label: 'power', scale: 'log' });
    expect(svg.match(/aria-roledescription="line mark"|class="mark-line/g)).toHaveLength(2);
    expect(svg).toContain('>Oz</text>');
    expect(svg).not.toContain('>comment</text>');
  });
});

describe('quality/picture-carpet', () => {
  it('shows a spike as a band, on the volume where it is, also in DVARS and traces of the table', async () => {
    const [side, volumes, spike] = [8, 30, 12];
    const data = Array.from({ length: side ** 3 * volumes }, (_, at) => {
      const volume = Math.floor(at / side ** 3);
      return 1000 + 5 * Math.sin(at * 12.9898 + volume) + (volume === spike ? 200 : 0);
    });
    const bold = join(folder, 'bold.nii');
    await writeNifti(bold, {
      dims: [side, side, side, volumes],
      affine: [
        [3, 0, 0, 0],
        [0, 3, 0, 0],
        [0, 0, 3, 0],
        [0, 0, 0, 1],
      ],
      datatype: 'float32',
      data,
      repetitionTimeS: 2,
    });
    const confounds = await file('confounds.tsv', [
      ['framewise_displacement'],
      ['n/a'],
      ...Array.from({ length: volumes - 1 }, (_, at) => [at + 1 === spike ? 2 : 0.1]),
    ]);
    const svg = await draw('carpet', { bold, confounds }, { traces: ['framewise_displacement'] });
    const { width, height, at } = cells(svg);
    expect(width).toBe(volumes);
    for (let row = 0; row < height; row += 50) {
      expect(at(spike, row)).toEqual([255, 255, 255]);
      expect(at(spike - 1, row)[0]).toBeLessThan(160);
    }
    for (const name of ['DVARS (units of the image)', 'framewise displacement (mm)'])
      expect(svg).toContain(`>${name}</text>`);

    const short = await file('short.tsv', [['framewise_displacement'], [0.1]]);
    const { exit, said } = await runSkill(tools, folder, 'quality/picture-carpet', {
      inputs: { bold, confounds: short },
      params: { title: 'Short', traces: ['framewise_displacement'] },
    });
    expect([exit.exitCode, said.trim()]).toEqual([
      2,
      expect.stringContaining('framewise_displacement has 1 values for 30 volumes'),
    ]);
  });
});

describe('quality/picture-scalp', () => {
  // Right, nose, up, in mm, about a centre that is not 0: as recordings have it.
  const places = [
    ['T7', -80, 10, 40],
    ['T8', 80, 10, 40],
    ['Fpz', 0, 90, 40],
    ['Oz', 0, -70, 40],
    ['Cz', 0, 10, 120],
  ] as const;
  const positions = (): Promise<string> => file('positions.tsv', [['name', 'x', 'y', 'z'], ...places]);

  it.each([
    ['T7', 'left'],
    ['T8', 'right'],
    ['Fpz', 'top'],
    ['Oz', 'bottom'],
  ])('with a marker at %s is bright at the %s, and nowhere else', async (marked, side) => {
    const rows = places.map(([name]) => [name, name === marked ? 1 : 0]);
    const svg = await draw(
      'scalp',
      { table: await file(`${marked}.tsv`, [['channel', 'value'], ...rows]), positions: await positions() },
      { value: 'value', label: 'marker' },
    );
    const { width, height, at } = cells(svg);
    const edge = (x: number, y: number): number => at(Math.round(x * width), Math.round(y * height))[0] ?? 0;
    // The equator of the head is drawn at four fifths of half the width.
    const found = {
      left: edge(0.11, 0.5),
      right: edge(0.88, 0.5),
      top: edge(0.5, 0.11),
      bottom: edge(0.5, 0.88),
    };
    const [brightest] = Object.entries(found).sort(([, a], [, b]) => b - a);
    expect(brightest?.[0]).toBe(side);
    expect(brightest?.[1]).toBeGreaterThan(150);
    // The nose points up, and L stands to the left of R.
    const letter = (text: string): number =>
      Number(new RegExp(`translate\\(([-\\d.]+),[-\\d.]+\\)[^>]*>${text}</text>`).exec(svg)?.[1]);
    expect(letter('L')).toBeLessThan(letter('R'));
    expect(svg).toContain('nose up, left (L) on the left');
  });

  it('draws a map for each value of a column, and tells of channels without a position', async () => {
    const rows = ['alpha', 'beta'].flatMap((band) =>
      [...places.map(([name]) => name), 'X1'].map((name, at) => [band, name, at - 2]),
    );
    const svg = await draw(
      'scalp',
      {
        table: await file('bands.tsv', [['band', 'channel', 'power'], ...rows]),
        positions: await positions(),
      },
      { value: 'power', each: 'band', label: 'power (uV2)' },
    );
    for (const text of ['alpha', 'beta', 'power \\(uV2\\)', 'One channel has no position and is not drawn.'])
      expect(svg).toMatch(new RegExp(`>${text}</text>`));
    expect(svg.match(/aria-roledescription="electrode"/g)).toHaveLength(10);
  });

  it('says which names do not meet where no channel has a position', async () => {
    const table = await file('others.tsv', [
      ['channel', 'value'],
      ['E1', 1],
    ]);
    const run = await runSkill(tools, folder, 'quality/picture-scalp', {
      inputs: { table, positions: await positions() },
      params: { title: 'x', value: 'value', label: 'x' },
    });
    expect(run.exit.exitCode).not.toBe(0);
    expect(run.said).toMatch(/no channel of the table has a position: the table has E1, the positions T7/);
  });
});

describe('quality/picture-traces', () => {
  it('draws each channel in its row, time to the right, with one scale in microvolts', async () => {
    const rows = Array.from({ length: 200 }, (_, at) => [
      (10 + at / 100).toFixed(2),
      (20 * Math.sin(at / 10)).toFixed(3),
      at === 150 ? 400 : (20 * Math.sin(at / 7)).toFixed(3),
      at % 2,
    ]);
    const svg = await draw('traces', {
      table: await file('excerpt.tsv', [['time_s', 'Fp1', 'Cz', 'O2'], ...rows]),
    });
    for (const name of ['Fp1', 'Cz', 'O2', 'Time \\(s\\)', '100 uV'])
      expect(svg).toMatch(new RegExp(`>${name}</text>`));
    const paths = [...svg.matchAll(/line mark container"><path d="([^"]+)"/g)].map(([, d = '']) => d);
    expect(paths).toHaveLength(3);
    const points = paths.map((d) =>
      [...d.matchAll(/[ML]([-\d.]+),([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
    );
    // Up is positive: the spike of the second channel is the highest point of its trace, three quarters along.
    const highest = points[1]?.reduce((best, point) => ((point[1] ?? 0) < (best[1] ?? 0) ? point : best));
    expect((highest?.[0] ?? 0) / 620).toBeCloseTo(150 / 199, 2);
    const mean = (trace: readonly number[][] | undefined): number =>
      (trace ?? []).reduce((total, point) => total + (point[1] ?? 0), 0) / (trace?.length ?? 1);
    expect(mean(points[0])).toBeLessThan(mean(points[2]));
  });
});
