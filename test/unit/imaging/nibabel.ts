import { readFileSync } from 'node:fs';

type Row = readonly [number, number, number, number];

interface Expected {
  readonly madeWith: string;
  /** Of real images: what nibabel reads from header and voxels. */
  readonly images: readonly {
    readonly file: string;
    readonly dims: readonly number[];
    readonly datatype: string;
    readonly orientation: string;
    readonly affine: readonly Row[];
    readonly minimum: number;
    readonly maximum: number;
    readonly mean: number;
    readonly nonZero: number;
  }[];
  /** Random oblique grids, and what `as_closest_canonical` makes of them. */
  readonly orientations: readonly {
    readonly affine: readonly [Row, Row, Row];
    readonly shape: readonly [number, number, number];
    readonly code: string;
    readonly ras: readonly Row[];
    readonly rasShape: readonly number[];
  }[];
}

/** Values of an independent reader (nibabel.json). */
export const nibabel = JSON.parse(readFileSync(new URL('nibabel.json', import.meta.url), 'utf8')) as Expected;
