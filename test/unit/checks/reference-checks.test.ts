import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import type { Affine } from '../../../src/imaging/affine.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import type { JsonObject } from '../../../src/kernel/json.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { temporaryFolder } from '../../support/temporary.js';

const shape = [6, 5, 4] as const;
const size = 120;
const las: Affine = [
  [-2, 0, 0, 10],
  [0, 2, 0, -5],
  [0, 0, 3, 1],
  [0, 0, 0, 1],
];
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function image(name: string, data: ArrayLike<number>, affine = las): Promise<string> {
  const path = join(folder, `${name}.nii.gz`);
  const dims = data.length === size ? shape : [...shape, data.length / size];
  await writeNifti(path, { dims, affine, datatype: 'float32', data });
  return path;
}

/** The same image with its x axis stored the other way round. */
function restored(data: Float64Array): { data: Float64Array; affine: Affine } {
  const turned = data.map((_, at) => data[at - (at % 6) + 5 - (at % 6)] as number);
  return {
    data: turned,
    affine: [
      [2, 0, 0, 0],
      [0, 2, 0, -5],
      [0, 0, 3, 1],
      [0, 0, 0, 1],
    ],
  };
}

async function verdict(
  check: string,
  path: string,
  inputs: Record<string, string>,
  args: JsonObject,
): Promise<{ ok: boolean; said: string; values: JsonObject }> {
  const [result] = await runChecks(
    {
      output: 'map',
      kind: 'nifti',
      path,
      inputs: Object.fromEntries(Object.entries(inputs).map(([role, file]) => [role, [file]])),
      outputs: {},
      params: {},
      sidecar: {},
    },
    [{ check, args: args as Record<string, never> }],
  );
  return {
    ok: result?.ok ?? false,
    said: result?.findings.map(({ message }) => message).join('; ') ?? '',
    values: result?.values ?? {},
  };
}

const random = seededRandom(1, 'reference');
const truth = Float64Array.from({ length: size }, () => 0.1 + 0.8 * random.uniform());

describe('map.close', () => {
  const args = { reference: 'truth', p95: 0.01, r: 0.98, slope: [0.95, 1.05], bias: 0.02 };

  it('accepts the same map however it is stored', async () => {
    const turned = restored(truth);
    const [own, reference] = [await image('own', turned.data, turned.affine), await image('truth', truth)];
    const { ok, values } = await verdict('map.close', own, { truth: reference }, args);
    expect(ok).toBe(true);
    expect(values).toMatchObject({ voxels: size, finite: 1, p95: 0 });
    expect(values['r']).toBeCloseTo(1, 10);
  });

  it.each([
    ['other units', truth.map((value) => 1000 * value), /differs by/],
    ['another offset', truth.map((value) => value + 0.05), /differs by 0.05000/],
    ['the sign turned', truth.map((value) => -value), /correlates -1.0000/],
    ['a left-right flip', restored(truth).data, /correlates/],
    [
      'too many values that are not finite',
      truth.map((value, at) => (at % 50 === 0 ? NaN : value)),
      /97.50 %/,
    ],
  ])('refuses %s', async (_, data, said) => {
    const found = await verdict(
      'map.close',
      await image('own', data),
      { truth: await image('truth', truth) },
      args,
    );
    expect(found.ok).toBe(false);
    expect(found.said).toMatch(said);
  });

  it('refuses another place and another grid', async () => {
    const moved: Affine = [[-2, 0, 0, 12], las[1], las[2], las[3]];
    const reference = { truth: await image('truth', truth) };
    const far = await verdict('map.close', await image('own', truth, moved), reference, args);
    expect(far.said).toBe('it lies 2.000 mm away from the reference');
    const longer = await verdict(
      'map.close',
      await image('long', Float64Array.from([...truth, ...truth])),
      reference,
      args,
    );
    expect(longer.said).toBe('it has 2 volumes and the reference 1');
  });

  it('looks where the mask says, and nowhere else', async () => {
    const wrong = truth.map((value, at) => (at < 60 ? value : 7));
    const labels = await image(
      'labels',
      truth.map((_, at) => (at < 60 ? 5 : 3)),
    );
    const inputs = { truth: await image('truth', truth), labels };
    const own = await image('own', wrong);
    const inside = { ...args, mask: { role: 'labels', labels: [5] } };
    expect((await verdict('map.close', own, inputs, inside)).ok).toBe(true);
    const outside = { ...args, mask: { role: 'labels', labels: [3] } };
    expect((await verdict('map.close', own, inputs, outside)).ok).toBe(false);
    const nowhere = { ...args, mask: { role: 'labels', labels: [9] } };
    expect((await verdict('map.close', own, inputs, nowhere)).said).toBe('there is no voxel to compare');
  });
});

describe('axis.angle', () => {
  const along = (x: number, y: number, z: number): Float64Array =>
    Float64Array.from({ length: 3 * size }, (_, at) => [x, y, z][Math.floor(at / size)] as number);
  const args = { reference: 'truth', median_deg: 3, p95_deg: 10 };

  it('does not mind the sign of an axis', async () => {
    const inputs = { truth: await image('truth', along(0.6, 0.8, 0)) };
    const found = await verdict('axis.angle', await image('own', along(-0.6, -0.8, 0)), inputs, args);
    expect(found).toMatchObject({ ok: true, values: { voxels: size, median_deg: 0 } });
  });

  it('measures a flipped axis in degrees', async () => {
    const inputs = { truth: await image('truth', along(0.6, 0.8, 0)) };
    const found = await verdict('axis.angle', await image('own', along(-0.6, 0.8, 0)), inputs, args);
    expect(found.ok).toBe(false);
    // Twice the angle to the y axis: 2 asin(0.6).
    expect(found.values['median_deg']).toBeCloseTo(73.74, 2);
  });

  it('takes no direction at all for a wrong one', async () => {
    const inputs = { truth: await image('truth', along(1, 0, 0)) };
    const found = await verdict('axis.angle', await image('own', along(0, 0, 0)), inputs, args);
    expect(found.values['median_deg']).toBe(90);
  });
});

describe('labels.dice', () => {
  const half = truth.map((_, at) => (at < 60 ? 1 : 0));

  it('gives 2 |A and B| / (|A| + |B|)', async () => {
    const own = await image(
      'own',
      truth.map((_, at) => (at >= 15 && at < 60 ? 1 : 0)),
    );
    const found = await verdict(
      'labels.dice',
      own,
      { truth: await image('truth', half) },
      {
        reference: 'truth',
        at_least: 0.8,
        volume: [0.7, 1.3],
      },
    );
    // 45 of 60 voxels: 90 / 105.
    expect(found).toMatchObject({ ok: true, values: { dice_mask: 90 / 105, volume_mask: 0.75 } });
  });

  it('refuses swapped labels', async () => {
    const two = truth.map((_, at) => (at < 60 ? 1 : 2));
    const swapped = await image(
      'own',
      two.map((value) => 3 - value),
    );
    const found = await verdict(
      'labels.dice',
      swapped,
      { truth: await image('truth', two) },
      {
        reference: 'truth',
        labels: { 1: 1, 2: 2 },
        at_least: 0.8,
      },
    );
    expect(found.said).toBe('Dice of 1 is 0.000; Dice of 2 is 0.000');
  });

  it('refuses an empty mask', async () => {
    const own = await image('own', new Float64Array(size));
    const found = await verdict(
      'labels.dice',
      own,
      { truth: await image('truth', half) },
      { reference: 'truth', at_least: 0.5 },
    );
    expect(found.ok).toBe(false);
  });
});
