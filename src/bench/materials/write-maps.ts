import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Grid } from '../../imaging/affine.js';
import { writeNifti, type NiftiImage } from '../../imaging/nifti-write.js';

/** Writes a map or a series on a grid; its folder is made. */
export async function writeMap(
  path: string,
  { shape, affine }: Grid,
  data: ArrayLike<number>,
  datatype: NiftiImage['datatype'] = 'float32',
  repetitionTimeS?: number,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const volumes = data.length / (shape[0] * shape[1] * shape[2]);
  await writeNifti(path, {
    dims: volumes === 1 ? shape : [...shape, volumes],
    affine,
    datatype,
    data,
    ...(repetitionTimeS === undefined ? {} : { repetitionTimeS }),
  });
}

/** Writes a text; its folder is made. */
export async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
