import { z } from 'zod';
import { applyAffine } from '../imaging/affine.js';
import type { NiftiHeader } from '../imaging/nifti-header.js';
import { streamVoxels } from '../imaging/voxel-stream.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

/**
 * Where the face is, by the brain alone: in front of the foremost `FRONT` of its length and below its lowest `BOTTOM` of
 * its height, in the scanner's frame (RAS+, mm). Nose, mouth and chin lie there; no brain does.
 */
const FRONT = 0.25;
const BOTTOM = 0.25;
/** Signal above this share of the mean of the brain is head, not air. */
const HEAD = 0.15;

/**
 * A defaced head image is held against the one it was made of: equal in every voxel of the brain, and without most of the
 * head where the face was. Written apart from the programs that deface.
 */
export const defaceCheck: Check = defineCheck({
  name: 'deface.brain-and-face',
  version: 1,
  catches: 'defacing that cut into the brain, changed its intensities, or left the face where it was',
  args: z.strictObject({ image: z.string(), brain: z.string(), max_face_left: z.number().min(0).max(1) }),
  run: async (subject, args, facts) => {
    const say = (message: string, expected: string): Finding =>
      problem('deface.brain-and-face', subject.path, message, expected);
    const [before, mask, after] = await Promise.all([
      facts.header(pathOf(subject, args.image)),
      facts.header(pathOf(subject, args.brain)),
      facts.header(subject.path),
    ]);
    const shape = before.dims.slice(0, 3).join(' x ');
    if ([mask, after].some(({ dims }) => dims.slice(0, 3).join(' x ') !== shape))
      return { findings: [say('image, brain mask and defaced image have different grids', shape)] };
    const brain = new Uint8Array(voxelCount(mask));
    await streamVoxels(mask, (values, first) => {
      for (const [index, value] of values.entries()) brain[first + index] = value > 0 ? 1 : 0;
    });
    const original = new Float32Array(voxelCount(before));
    let [sum, inside] = [0, 0];
    await streamVoxels(before, (values, first) => {
      original.set(values, first);
      for (const [index, value] of values.entries())
        if (brain[first + index] === 1) [sum, inside] = [sum + value, inside + 1];
    });
    if (inside === 0) return { findings: [say('the brain mask is empty', 'a mask of the brain')] };
    const isFace = faceOf(before, brain);
    const head = (HEAD * sum) / inside;
    let [changed, face, left] = [0, 0, 0];
    await streamVoxels(after, (values, first) => {
      for (const [offset, value] of values.entries()) {
        const voxel = first + offset;
        const was = original[voxel] ?? 0;
        if (brain[voxel] === 1) {
          if (Math.fround(value) !== was) changed++;
        } else if (was > head && isFace(voxel)) {
          face++;
          if (value > head) left++;
        }
      }
    });
    const findings: Finding[] = [];
    if (changed > 0) findings.push(say(`${changed} of ${inside} voxels of the brain changed`, 'none'));
    const share = face === 0 ? 0 : left / face;
    if (share > args.max_face_left)
      findings.push(
        say(
          `${Math.round(share * 100)} % of the head in front of and below the brain is still there`,
          `at most ${args.max_face_left * 100} %`,
        ),
      );
    return { findings, values: { brain_voxels_changed: changed, face_voxels: face, face_left: share } };
  },
});

function voxelCount(header: NiftiHeader): number {
  return header.dims.slice(0, 3).reduce((product, n) => product * n, 1);
}

/** Whether a voxel lies in front of and below the brain. */
function faceOf(header: NiftiHeader, brain: Uint8Array): (voxel: number) => boolean {
  const [nx = 1, ny = 1] = header.dims;
  const place = (voxel: number): readonly [number, number, number] =>
    applyAffine(header.affine, [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))]);
  let [back, front, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let voxel = 0; voxel < brain.length; voxel++) {
    if (brain[voxel] !== 1) continue;
    const [, y, z] = place(voxel);
    [back, front] = [Math.min(back, y), Math.max(front, y)];
    [bottom, top] = [Math.min(bottom, z), Math.max(top, z)];
  }
  const [y0, z0] = [front - FRONT * (front - back), bottom + BOTTOM * (top - bottom)];
  return (voxel) => {
    const [, y, z] = place(voxel);
    return y > y0 && z < z0;
  };
}
