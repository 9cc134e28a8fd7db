import { determinant, voxelSizesOf, type Affine } from './affine.js';

/** Quaternion (b, c, d) and qfac of an affine without shear (nifti1_io.c, nifti_mat44_to_quatern). */
export function quaternionOf(affine: Affine): { bcd: [number, number, number]; qfac: 1 | -1 } | undefined {
  const sizes = voxelSizesOf(affine);
  if (sizes.some((size) => size === 0)) return undefined;
  const qfac = determinant(affine) < 0 ? -1 : 1;
  const r = [0, 1, 2].map((row) =>
    [0, 1, 2].map(
      (column) =>
        (affine[row as 0 | 1 | 2][column as 0 | 1 | 2] / sizes[column as 0 | 1 | 2]) *
        (column === 2 ? qfac : 1),
    ),
  );
  const at = (row: number, column: number): number => r[row]?.[column] ?? 0;
  for (const [p, q] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    if (Math.abs(at(0, p) * at(0, q) + at(1, p) * at(1, q) + at(2, p) * at(2, q)) > 1e-4) return undefined;
  }
  const trace = at(0, 0) + at(1, 1) + at(2, 2) + 1;
  if (trace > 0.5) {
    const a = 0.5 * Math.sqrt(trace);
    return {
      bcd: [
        (0.25 * (at(2, 1) - at(1, 2))) / a,
        (0.25 * (at(0, 2) - at(2, 0))) / a,
        (0.25 * (at(1, 0) - at(0, 1))) / a,
      ],
      qfac,
    };
  }
  const x = 1 + at(0, 0) - at(1, 1) - at(2, 2);
  const y = 1 + at(1, 1) - at(0, 0) - at(2, 2);
  const z = 1 + at(2, 2) - at(0, 0) - at(1, 1);
  let [a, b, c, d] = [0, 0, 0, 0];
  if (x > 1) {
    b = 0.5 * Math.sqrt(x);
    [c, d, a] = [
      (0.25 * (at(0, 1) + at(1, 0))) / b,
      (0.25 * (at(0, 2) + at(2, 0))) / b,
      (0.25 * (at(2, 1) - at(1, 2))) / b,
    ];
  } else if (y > 1) {
    c = 0.5 * Math.sqrt(y);
    [b, d, a] = [
      (0.25 * (at(0, 1) + at(1, 0))) / c,
      (0.25 * (at(1, 2) + at(2, 1))) / c,
      (0.25 * (at(0, 2) - at(2, 0))) / c,
    ];
  } else {
    d = 0.5 * Math.sqrt(z);
    [b, c, a] = [
      (0.25 * (at(0, 2) + at(2, 0))) / d,
      (0.25 * (at(1, 2) + at(2, 1))) / d,
      (0.25 * (at(1, 0) - at(0, 1))) / d,
    ];
  }
  const sign = a < 0 ? -1 : 1;
  return { bcd: [b * sign, c * sign, d * sign], qfac };
}

/** Affine of a unit quaternion (b, c, d; a is derived), offsets and voxel sizes (nifti1.h, "METHOD 2"; nifti1_io.c, nifti_quatern_to_mat44). */
export function quaternionAffine(
  [qb, qc, qd]: readonly [number, number, number],
  offset: readonly [number, number, number],
  sizes: readonly [number, number, number],
  qfac: 1 | -1,
): Affine {
  // Half turns leave a near 0, where float32 can make b, c, d longer than 1: they are then brought back to length 1.
  const square = qb * qb + qc * qc + qd * qd;
  const length = 1 - square < 1e-7 ? Math.sqrt(square) : 1;
  const [b, c, d] = [qb / length, qc / length, qd / length];
  const a = length === 1 ? Math.sqrt(Math.max(0, 1 - square)) : 0;
  const [x, y, z] = [sizes[0], sizes[1], sizes[2] * qfac];
  return [
    [
      (a * a + b * b - c * c - d * d) * x,
      (2 * b * c - 2 * a * d) * y,
      (2 * b * d + 2 * a * c) * z,
      offset[0],
    ],
    [
      (2 * b * c + 2 * a * d) * x,
      (a * a + c * c - b * b - d * d) * y,
      (2 * c * d - 2 * a * b) * z,
      offset[1],
    ],
    [
      (2 * b * d - 2 * a * c) * x,
      (2 * c * d + 2 * a * b) * y,
      (a * a + d * d - c * c - b * b) * z,
      offset[2],
    ],
    [0, 0, 0, 1],
  ];
}
