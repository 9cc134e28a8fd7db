import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directionsPicture } from '../../../../../src/environments/runtimes/embedded/pictures/kinds/directions-picture.js';
import { flickerPicture } from '../../../../../src/environments/runtimes/embedded/pictures/kinds/flicker-picture.js';
import { mosaicPicture } from '../../../../../src/environments/runtimes/embedded/pictures/kinds/mosaic-picture.js';
import type { PlaneName } from '../../../../../src/environments/runtimes/embedded/pictures/planes.js';
import { applyAffine, type Affine } from '../../../../../src/imaging/affine.js';
import { writeNifti } from '../../../../../src/imaging/nifti-write.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-pictures-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

type Vector3 = readonly [number, number, number];

/** 24 x 30 x 20 voxels of 2 mm around the origin, stored in several ways; all of them hold the same world. */
const storages: Readonly<Record<string, { readonly dims: Vector3; readonly affine: Affine }>> = {
  RAS: {
    dims: [24, 30, 20],
    affine: [
      [2, 0, 0, -23],
      [0, 2, 0, -29],
      [0, 0, 2, -19],
      [0, 0, 0, 1],
    ],
  },
  LAS: {
    dims: [24, 30, 20],
    affine: [
      [-2, 0, 0, 23],
      [0, 2, 0, -29],
      [0, 0, 2, -19],
      [0, 0, 0, 1],
    ],
  },
  LPS: {
    dims: [24, 30, 20],
    affine: [
      [-2, 0, 0, 23],
      [0, -2, 0, 29],
      [0, 0, 2, -19],
      [0, 0, 0, 1],
    ],
  },
  'PSR, as sagittal scans are stored': {
    dims: [30, 20, 24],
    affine: [
      [0, 0, 2, -23],
      [-2, 0, 0, 29],
      [0, 2, 0, -19],
      [0, 0, 0, 1],
    ],
  },
  'LAS, turned by 10 degrees': {
    dims: [24, 30, 20],
    affine: [
      [-1.96962, -0.3473, 0, 27.7],
      [-0.3473, 1.96962, 0, -24.6],
      [0, 0, 2, -19],
      [0, 0, 0, 1],
    ],
  },
};

/** Writes an image of a world: the value at each voxel's place (mm, RAS+), or several as volumes. */
async function write(
  name: string,
  storage: (typeof storages)[string],
  worlds: readonly ((place: Vector3) => number)[],
): Promise<string> {
  const { dims, affine } = storage;
  const data: number[] = [];
  for (const world of worlds)
    for (let k = 0; k < dims[2]; k++)
      for (let j = 0; j < dims[1]; j++)
        for (let i = 0; i < dims[0]; i++) data.push(world(applyAffine(affine, [i, j, k])));
  const path = join(folder, `${name}.nii`);
  await writeNifti(path, {
    dims: worlds.length === 1 ? dims : [...dims, worlds.length],
    affine,
    datatype: 'float32',
    data,
  });
  return path;
}

/** A ball at the left, front and top (-12, 16, 8 mm) of a dim body: one corner of the world that no flip leaves alone. */
const body = ([x, y, z]: Vector3): number => (Math.hypot(x / 20, y / 26, z / 16) < 1 ? 0.2 : 0);
const ball = ([x, y, z]: Vector3): number => (Math.hypot(x + 12, y - 16, z - 8) < 6 ? 1 : 0);
const bodyWithBall = (place: Vector3): number => (ball(place) > 0 ? 1 : body(place));

type Pixel = readonly [number, number, number];

interface Cut {
  readonly top: number;
  readonly bottom: number;
  readonly right: number;
}

/** Where the one cut of each plane lies: rows of 60, 40 and 40 mm, the first two 48 of 60 mm wide. */
const cuts: Readonly<Record<PlaneName, Cut>> = {
  axial: { top: 0, bottom: 60 / 140, right: 48 / 60 },
  coronal: { top: 60 / 140, bottom: 100 / 140, right: 48 / 60 },
  sagittal: { top: 100 / 140, bottom: 1, right: 1 },
};

/** Mean place of the pixels that stand out, as shares of width and height of the first or second picture of an SVG. */
function centre(
  svg: string,
  standsOut: (pixel: Pixel) => boolean,
  picture = 0,
  /** The part of the picture that is looked at, as shares of its width and height. */
  { top, bottom, right }: Cut = { top: 0, bottom: 1, right: 1 },
): { across: number; down: number } {
  const found = [...svg.matchAll(/data:image\/png;base64,([^"]+)/g)][picture]?.[1] ?? '';
  const { width, height, data, channels } = decode(Buffer.from(found, 'base64'));
  let [count, across, down] = [0, 0, 0];
  for (let y = Math.ceil(top * height); y < bottom * height; y++)
    for (let x = 0; x < right * width; x++) {
      const at = (channel: number): number =>
        data[channels * (x + width * y) + Math.min(channel, channels - 1)] ?? 0;
      if (!standsOut([at(0), at(1), at(2)])) continue;
      count += 1;
      across += x;
      down += y - top * height;
    }
  expect(count).toBeGreaterThan(10);
  return { across: across / count / (right * width), down: down / count / ((bottom - top) * height) };
}

const bright = ([r, g, b]: Pixel): boolean => r > 200 && g > 200 && b > 200;
const coloured = ([r, g, b]: Pixel): boolean => Math.max(r, g, b) - Math.min(r, g, b) > 60;

/** In radiological convention what is left, in front and on top is right in the picture, up, and up. */
function expectInItsPlace(plane: PlaneName, { across, down }: { across: number; down: number }): void {
  const place = { across, down };
  if (plane === 'sagittal') expect([place, across < 0.45, down < 0.45]).toEqual([place, true, true]);
  else expect([place, across > 0.55, down < 0.45]).toEqual([place, true, true]);
}

const planes = ['axial', 'coronal', 'sagittal'] as const;
const common = { title: 'Phantom', count: 1 };

describe.each(Object.entries(storages))(
  'a marker at the left, front and top of an image stored as %s',
  (_, storage) => {
    it.each(planes)('is in its place in the image itself, an outline and a map, %s', async (plane) => {
      const image = await write('image', storage, [bodyWithBall]);
      const dim = await write('dim', storage, [body]);
      const mask = await write('mask', storage, [ball]);
      const mosaic = { ...common, volume: 'mean' as const, planes: [plane] };

      // The outline bounds the cuts: the one cut goes through the middle of the marker.
      const outlined = await mosaicPicture({ ...mosaic, image, outline: mask });
      expectInItsPlace(plane, centre(outlined, coloured));
      expectInItsPlace(plane, centre(outlined, bright));

      const mapped = await mosaicPicture({
        ...mosaic,
        image: dim,
        outline: mask,
        overlay: { path: mask, colours: 'viridis', low: 0, high: 1, threshold: 0.5, label: 'marker' },
      });
      expectInItsPlace(plane, centre(mapped, coloured));
    });

    it('is in its place in both pictures of a flicker, also where the second lies on another grid', async () => {
      const before = await write('before', storage, [bodyWithBall]);
      const after = await write('after', storages['RAS']!, [bodyWithBall]);
      const outline = await write('flicker-mask', storage, [ball]);
      const svg = await flickerPicture({ ...common, before, after, volume: 'mean', outline });
      // Three rows, one cut each.
      for (const plane of planes)
        for (const picture of [0, 1]) expectInItsPlace(plane, centre(svg, bright, picture, cuts[plane]));
    });

    it('is in its place in directions, red where fibres run from side to side', async () => {
      const fa = await write('fa', storage, [(place) => 0.9 * ball(place)]);
      const sideways = await write('directions', storage, [() => 1, () => 0, () => 0]);
      const svg = await directionsPicture({ ...common, directions: sideways, fa });
      const red = ([r, g, b]: Pixel): boolean => r > 150 && g < 30 && b < 30;
      for (const plane of planes) expectInItsPlace(plane, centre(svg, red, 0, cuts[plane]));
      expect(() => centre(svg, ([, g]) => g > 50)).toThrow();
    });
  },
);

describe('the text of a picture', () => {
  it('marks the sides, states the convention and escapes the title', async () => {
    const image = await write('text', storages['LPS']!, [bodyWithBall]);
    const svg = await mosaicPicture({
      ...common,
      title: 'T1w <sub-01> & "mask"',
      image,
      volume: 'mean',
      planes: ['axial'],
    });
    expect(svg).toContain(
      'Radiological convention: the left of the picture is the right (R) of the patient.',
    );
    expect(svg).toContain('T1w &#60;sub-01&#62; &#38; &#34;mask&#34;');
    const place = (letter: string): number =>
      Number(new RegExp(`<text x="([0-9.]+)"[^>]*>${letter}</text>`).exec(svg)?.[1]);
    expect(place('R')).toBeLessThan(place('A'));
    expect(place('A')).toBeLessThan(place('L'));
  });
});
