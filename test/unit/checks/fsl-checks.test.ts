import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject, writeImage } from './subject.js';

const volumes = 5;
const rows = (make: (volume: number) => readonly number[]): string =>
  Array.from({ length: volumes }, (_, n) => make(n).join('  ')).join('\n') + '\n';

/** A text beside a series of five volumes, in the role `image`. */
async function beside(text: string): Promise<ReturnType<typeof subject>> {
  const folder = temporaryFolder();
  await writeImage(join(folder, 'input.nii.gz'), { dims: [6, 7, 8, volumes] });
  const path = join(folder, 'result.txt');
  writeFileSync(path, text);
  return subject(path);
}

describe('motion.parameters', () => {
  const args = { image: 'image', order: 'rotation-first' };
  const still = rows((n) => [0.001 * n, 0, -0.002, 0.1 * n, 0, 0.3]);

  it('passes small rotations and shifts, one row a volume, and tells the largest', async () => {
    expect(await check(await beside(still), 'motion.parameters', args)).toMatchObject({
      ok: true,
      values: { max_rotation_rad: 0.004, max_translation_mm: 0.4 },
    });
  });

  it.each([
    ['degrees in place of radians', rows((n) => [1.5 * n, 0, 0, 0, 0, 0])],
    ['millimetres first', rows((n) => [2 * n, 0.4, 0, 0.001, 0, 0])],
    ['a volume lost', still.split('\n').slice(1).join('\n')],
    ['a column lost', rows(() => [0, 0, 0, 0, 0])],
    ['a failed fit', rows((n) => [0, 0, 0, n === 2 ? NaN : 0, 0, 0])],
    ['a head that left the scanner', rows((n) => [0, 0, 0, 20 * n, 0, 0])],
  ])('sees %s', async (_, text) => {
    expect(await check(await beside(text), 'motion.parameters', args)).toMatchObject({ ok: false });
  });

  it('reads what eddy writes the other way round', async () => {
    const eddy = rows((n) => [0.5 * n, 0.1, 0, 0.001, 0.002, 0, 0.01]);
    const order = { image: 'image', order: 'translation-first', columns: 7 };
    expect(await check(await beside(eddy), 'motion.parameters', order)).toMatchObject({ ok: true });
    expect(await check(await beside(eddy), 'motion.parameters', args)).toMatchObject({ ok: false });
  });
});

describe('confounds.one-hot', () => {
  const args = { image: 'image' };
  it('passes one 1 in a column and sees other matrices', async () => {
    expect(
      await check(await beside(rows((n) => [Number(n === 1), Number(n === 4)])), 'confounds.one-hot', args),
    ).toMatchObject({ ok: true, values: { outliers: 2 } });
    for (const text of [rows((n) => [Number(n < 2)]), rows(() => [0]), rows((n) => [n]), '1\n0\n'])
      expect(await check(await beside(text), 'confounds.one-hot', args)).toMatchObject({ ok: false });
  });
});

describe('numbers.per-volume', () => {
  it('wants one row a volume, or one fewer for differences, within the range', async () => {
    const text = rows((n) => [0.1 * n]);
    const args = { image: 'image', columns: 1, minimum: 0, maximum: 1 };
    expect(await check(await beside(text), 'numbers.per-volume', args)).toMatchObject({ ok: true });
    const fewer = { ...args, fewer: 1 };
    expect(await check(await beside(text), 'numbers.per-volume', fewer)).toMatchObject({ ok: false });
    const negative = text.replace('0.2', '-0.2');
    expect(await check(await beside(negative), 'numbers.per-volume', args)).toMatchObject({ ok: false });
  });
});

describe('acquisition.table', () => {
  const table = rows((n) => [0, n < 2 ? 1 : -1, 0, 0.05]);
  const sidecar = (direction: string, readout = 0.05): string =>
    JSON.stringify({ PhaseEncodingDirection: direction, TotalReadoutTime: readout });

  /** The table with a sidecar for each row. */
  async function withSidecars(
    text: string,
    sidecars: readonly string[],
  ): Promise<ReturnType<typeof subject>> {
    const about = await beside(text);
    const files = sidecars.map((content, index) => {
      const file = join(about.path, '..', `${index}.json`);
      writeFileSync(file, content);
      return file;
    });
    return { ...about, inputs: { ...about.inputs, sidecars: files } };
  }
  const args = { image: 'image', sidecars: 'sidecars', opposed: true };
  const right = ['j', 'j', 'j-', 'j-', 'j-'].map((direction) => sidecar(direction));

  it('passes rows that say what the sidecars say', async () => {
    expect(await check(await withSidecars(table, right), 'acquisition.table', args)).toMatchObject({
      ok: true,
    });
  });

  it.each([
    ['a sign that is reversed', table.replace('0  1', '0  -1'), right],
    ['an axis that is exchanged', table.replaceAll('0  1  0', '1  0  0'), right],
    ['milliseconds', table.replaceAll('0.05', '50'), right],
    ['another readout time', table, right.map((text) => text.replace('0.05', '0.06'))],
    [
      'a sidecar without the direction',
      table,
      [...right.slice(1), JSON.stringify({ TotalReadoutTime: 0.05 })],
    ],
    ['a row too few', table.split('\n').slice(1).join('\n'), right],
    ['a diagonal', table.replace('0  1  0', '0.7  0.7  0'), right],
  ])('sees %s', async (_, text, sidecars) => {
    expect(await check(await withSidecars(text, sidecars), 'acquisition.table', args)).toMatchObject({
      ok: false,
    });
  });

  it('wants two directions where a field is estimated', async () => {
    const one = rows(() => [0, 1, 0, 0.05]);
    const about = await beside(one);
    expect(await check(about, 'acquisition.table', { opposed: true })).toMatchObject({ ok: false });
    expect(await check(about, 'acquisition.table')).toMatchObject({ ok: true });
  });
});

describe('eddy.index', () => {
  it('wants a row of the table for every volume', async () => {
    const about = await beside('1 1 1 2 2\n');
    const acqp = join(about.path, '..', 'acqp.txt');
    writeFileSync(acqp, '0 1 0 0.05\n0 -1 0 0.05\n');
    const inputs = { ...about.inputs, acqp: [acqp] };
    const args = { image: 'image', table: 'acqp' };
    expect(await check({ ...about, inputs }, 'eddy.index', args)).toMatchObject({ ok: true });
    for (const text of ['1 1 1 2', '1 1 1 2 3', '0 1 1 1 1', '1 1 1 1 1.5']) {
      writeFileSync(about.path, text);
      expect(await check({ ...about, inputs }, 'eddy.index', args)).toMatchObject({ ok: false });
    }
  });
});

describe('checks of folders', () => {
  it('folder.complete names what is missing, empty or not finite', async () => {
    const path = join(temporaryFolder(), 'stats');
    mkdirSync(join(path, 'sub'), { recursive: true });
    const required = ['pe*.nii.gz', 'dof', 'sub/log.txt'];
    await writeImage(join(path, 'pe1.nii.gz'), {});
    writeFileSync(join(path, 'dof'), '120\n');
    writeFileSync(join(path, 'sub', 'log.txt'), 'done\n');
    expect(await check(subject(path), 'folder.complete', { required })).toMatchObject({ ok: true });
    const strict = { required, log: 'sub/log.txt', without: 'ERROR' };
    writeFileSync(join(path, 'sub', 'log.txt'), 'ERROR: no space\n');
    expect(await check(subject(path), 'folder.complete', strict)).toMatchObject({ ok: false });
    writeFileSync(join(path, 'dof'), '');
    expect(await check(subject(path), 'folder.complete', { required })).toMatchObject({ ok: false });
    expect(await check(subject(path), 'folder.complete', { required: ['zstat*.nii.gz'] })).toMatchObject({
      ok: false,
    });
  });

  it('folder.volumes counts the images and compares their grids', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'volumes');
    mkdirSync(path);
    await writeImage(join(folder, 'input.nii.gz'), { dims: [8, 7, 6, 2] });
    for (const name of ['v0000.nii.gz', 'v0001.nii.gz']) await writeImage(join(path, name), {});
    expect(await check(subject(path), 'folder.volumes', { image: 'image' })).toMatchObject({ ok: true });
    await writeImage(join(path, 'v0002.nii.gz'), {});
    expect(await check(subject(path), 'folder.volumes', { image: 'image' })).toMatchObject({ ok: false });
  });
});

describe('texts that FSL prints', () => {
  it('coordinates.mapped wants as many rows of three as went in', async () => {
    const about = await beside('Coordinates in Destination volume (in mm):\n1 2 3\n4 5 6\n');
    const input = join(about.path, '..', 'points.txt');
    writeFileSync(input, '0 0 0\n1 1 1\n');
    const inputs = { points: [input] };
    const args = { input: 'points' };
    expect(await check({ ...about, inputs }, 'coordinates.mapped', args)).toMatchObject({ ok: true });
    for (const text of ['1 2 3\n', '1 2 3\n4 5\n', 'Cannot open volume for reading\n']) {
      writeFileSync(about.path, text);
      expect(await check({ ...about, inputs }, 'coordinates.mapped', args)).toMatchObject({ ok: false });
    }
  });

  it('siena.report wants a change that a brain makes', async () => {
    const path = temporaryFolder();
    const say = (text: string): void => writeFileSync(join(path, 'report.siena'), text);
    say('Finding PBVC\nfinalPBVC -0.8123 %\n');
    expect(await check(subject(path), 'siena.report')).toMatchObject({
      ok: true,
      values: { brain_volume_change_percent: -0.8123 },
    });
    for (const text of ['Finding PBVC\n', 'finalPBVC -48.1 %\n', 'finalPBVC nan %\n']) {
      say(text);
      expect(await check(subject(path), 'siena.report')).toMatchObject({ ok: false });
    }
  });
});
