import type { Vector3 } from '../imaging/gradients.js';
import type { Random } from './random.js';

const ITERATIONS = 400;

/**
 * `count` unit vectors spread over the sphere by electrostatic repulsion, a charge at either end of each axis, since
 * diffusion does not tell a direction from its opposite (Jones, Horsfield & Simmons, Magn Reson Med 42:515, 1999).
 * Gradient descent from random directions with a step that adapts; what comes out is a local minimum near the best.
 */
export function repulsedDirections(count: number, random: Random): Vector3[] {
  let axes = Array.from({ length: count }, () => unit([random.normal(), random.normal(), random.normal()]));
  let energy = energyOf(axes);
  let step = 0.1 / count;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const moved = axes.map((axis, index) => unit(add(axis, force(axes, index), step)));
    const next = energyOf(moved);
    if (next < energy) {
      [axes, energy] = [moved, next];
      step *= 1.2;
    } else step /= 2;
  }
  return axes;
}

/** Coulomb energy of the axes, the number that repulsion makes small. */
export function energyOf(axes: readonly Vector3[]): number {
  let energy = 0;
  for (const [i, p] of axes.entries()) {
    for (let j = 0; j < i; j++) {
      const q = axes[j] as Vector3;
      energy += 1 / Math.sqrt(squaredDistance(p, q, 1)) + 1 / Math.sqrt(squaredDistance(p, q, -1));
    }
  }
  return energy;
}

function force(axes: readonly Vector3[], index: number): Vector3 {
  const p = axes[index] as Vector3;
  let total: Vector3 = [0, 0, 0];
  for (const [other, q] of axes.entries()) {
    if (other === index) continue;
    for (const sign of [1, -1]) {
      const weight = squaredDistance(p, q, sign) ** -1.5;
      total = add(total, add(p, q, -sign), weight);
    }
  }
  return total;
}

/** Between p and q, or p and -q for a sign of -1. */
function squaredDistance(p: Vector3, q: Vector3, sign: number): number {
  return (p[0] - sign * q[0]) ** 2 + (p[1] - sign * q[1]) ** 2 + (p[2] - sign * q[2]) ** 2;
}

function add(p: Vector3, q: Vector3, weight: number): Vector3 {
  return [p[0] + weight * q[0], p[1] + weight * q[1], p[2] + weight * q[2]];
}

function unit([x, y, z]: Vector3): Vector3 {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}
