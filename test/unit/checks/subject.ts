import { dirname, join } from 'node:path';
import { runChecks, type CheckResult } from '../../../src/checks/catalog.js';
import type { CheckSubject } from '../../../src/checks/check.js';
import type { Affine } from '../../../src/imaging/affine.js';
import { writeNifti, type NiftiImage } from '../../../src/imaging/nifti-write.js';
import type { JsonValue } from '../../../src/kernel/json.js';

/** The output `result` of a job that read the input `image`; everything else empty. */
export function subject(path: string, more: Partial<CheckSubject> = {}): CheckSubject {
  const image = join(dirname(path), 'input.nii.gz');
  return {
    output: 'result',
    kind: 'nifti',
    path,
    inputs: { image: [image] },
    outputs: { result: path },
    params: {},
    sidecar: {},
    ...more,
  };
}

export async function check(
  about: CheckSubject,
  name: string,
  args: Record<string, JsonValue> = {},
): Promise<CheckResult> {
  const [result] = await runChecks(about, [{ check: name, args: args as Record<string, never> }]);
  if (result === undefined) throw new Error('no result');
  return result;
}

/** As scanners store a head: left-handed, not centred at 0. */
export const headAffine: Affine = [
  [-2, 0, 0, 80],
  [0, 2, 0, -100],
  [0, 0, 3, -40],
  [0, 0, 0, 1],
];

/** A small image with a ramp in it, 8x7x6, written to `path`. */
export async function writeImage(path: string, change: Partial<NiftiImage> = {}): Promise<void> {
  const dims = change.dims ?? [8, 7, 6];
  const count = dims.reduce((product, n) => product * n, 1);
  const data = Float32Array.from({ length: count }, (_, i) => i);
  await writeNifti(path, { dims, affine: headAffine, datatype: 'float32', data, ...change });
}
