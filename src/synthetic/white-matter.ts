import type { Vector3 } from '../imaging/gradients.js';
import { toStandardHead, type HeadPhantom } from './head-phantom.js';

/** A cylindrical diffusion tensor: along the fibres and across them, mm^2/s. */
export interface Bundle {
  readonly name: string;
  readonly along: number;
  readonly across: number;
}

/**
 * The bundles of the white matter; the index is the label, 0 is no bundle. All have the trace that Pierpaoli et al.
 * (Radiology 201:637, 1996) found, 2.1e-3 mm^2/s; the arcs of front and back have the lower anisotropy that they
 * found outside the great tracts. FA is 0.770 and 0.459.
 */
export const bundles: readonly Bundle[] = [
  { name: 'none', along: 0, across: 0 },
  { name: 'transverse', along: 1.5e-3, across: 0.3e-3 },
  { name: 'longitudinal', along: 1.5e-3, across: 0.3e-3 },
  { name: 'coronal-arcs', along: 1.5e-3, across: 0.3e-3 },
  { name: 'axial-arcs', along: 1.1e-3, across: 0.5e-3 },
];

/**
 * Which bundle a point of white matter belongs to and where its fibres run (unit vector in world RAS): straight from
 * left to right above the ventricles, straight from back to front at both sides, circles about the y axis in the middle
 * of the head, circles about the z axis in front and back. Straight bundles show exchanged axes; arcs show every
 * flipped one. In a stretched head the fibres are stretched with it.
 */
export function fibreAt(head: HeadPhantom, world: Vector3): { bundle: number; direction: Vector3 } {
  const [x, y, z] = toStandardHead(head, world);
  const stretched = (bundle: number, [u, v, w]: Vector3): { bundle: number; direction: Vector3 } => {
    const [a, b, c] = [u * head.scale[0], v * head.scale[1], w * head.scale[2]];
    const length = Math.sqrt(a * a + b * b + c * c);
    return { bundle, direction: [a / length, b / length, c / length] };
  };
  const callosal = z > 17 && z < 30 && Math.abs(x) < 40 && Math.abs(y) < 30;
  const onAxis = x * x + z * z < 36;
  if (callosal || (onAxis && Math.abs(y) <= 25)) return stretched(1, [1, 0, 0]);
  if (Math.abs(x) > 30 && Math.abs(x) < 48 && Math.abs(z) < 15 && Math.abs(y) < 45)
    return stretched(2, [0, 1, 0]);
  if (Math.abs(y) <= 25) return stretched(3, [z, 0, -x]);
  return stretched(4, [-y, x, 0]);
}

/** Fractional anisotropy of a cylindrical tensor (Basser & Pierpaoli, J Magn Reson B 111:209, 1996). */
export function cylinderFa({ along, across }: Pick<Bundle, 'along' | 'across'>): number {
  const norm = along * along + 2 * across * across;
  return norm === 0 ? 0 : Math.abs(along - across) / Math.sqrt(norm);
}
