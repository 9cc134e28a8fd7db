import { describe, expect, it } from 'vitest';
import { energyOf, repulsedDirections } from '../../../src/synthetic/gradient-directions.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { axisAngle } from './fits.js';

function smallestAngle(axes: readonly (readonly number[])[]): number {
  return Math.min(...axes.flatMap((p, i) => axes.slice(0, i).map((q) => axisAngle(p, q))));
}

describe('directions by electrostatic repulsion', () => {
  it.each([
    ['three are orthogonal', 3, 90],
    ['six point to the corners of an icosahedron', 6, (Math.atan(2) * 180) / Math.PI],
  ])('%s', (_, count, angle) => {
    expect(smallestAngle(repulsedDirections(count, seededRandom(1)))).toBeCloseTo(angle, 1);
  });

  it('are unit vectors, spread far better than chance, and the same for a seed', () => {
    const axes = repulsedDirections(32, seededRandom(2));
    for (const axis of axes) expect(Math.hypot(...axis)).toBeCloseTo(1, 12);
    const random = seededRandom(3);
    const chance = Array.from({ length: 32 }, () => {
      const v = [random.normal(), random.normal(), random.normal()];
      return v.map((value) => value / Math.hypot(...v)) as [number, number, number];
    });
    expect(energyOf(axes)).toBeLessThan(energyOf(chance));
    expect(smallestAngle(axes)).toBeGreaterThan(20);
    expect(repulsedDirections(32, seededRandom(2))).toEqual(axes);
    expect(repulsedDirections(32, seededRandom(4))).not.toEqual(axes);
  });

  it('end near one energy whatever they start from', () => {
    const energies = [1, 2, 3, 4].map((seed) => energyOf(repulsedDirections(20, seededRandom(seed))));
    expect(Math.max(...energies) / Math.min(...energies)).toBeLessThan(1.005);
  });
});
