import { errorFinding, type Finding } from '../kernel/findings.js';
import { B0_THRESHOLD, nonUnitDirections, type Vector3 } from './gradients.js';
import type { MifHeader } from './mif-header.js';

/** The gradient table that travels in an MRtrix image. */
export interface MifGradients {
  /** s/mm^2, one per volume. */
  readonly bvals: readonly number[];
  /** World coordinates (RAS+), one per volume; of any length where b=0. */
  readonly directions: readonly Vector3[];
  readonly findings: readonly Finding[];
}

/**
 * The rows of `dw_scheme`: x, y, z along the scanner's axes as NIfTI counts them, and b
 * (https://mrtrix.readthedocs.io/en/latest/concepts/dw_scheme.html). Undefined where the image has none. What does not
 * fit is a finding.
 */
export function mifGradients(header: MifHeader): MifGradients | undefined {
  const lines = header.keyvals.get('dw_scheme');
  if (lines === undefined) return undefined;
  const place = { file: header.path, field: 'dw_scheme' };
  const findings: Finding[] = [];
  const rows = lines.map((line) => line.split(/[\s,]+/).map((word) => (word === '' ? NaN : Number(word))));
  const bad = rows.findIndex(
    (row) => row.length < 4 || row.slice(0, 4).some((value) => !Number.isFinite(value)),
  );
  if (bad >= 0) {
    const message = `row ${bad} of dw_scheme is ${JSON.stringify(lines[bad])}`;
    findings.push(errorFinding('input.malformed', message, place, 'four numbers: x, y, z, b'));
  }
  const bvals = rows.map((row) => row[3] ?? NaN);
  const directions = rows.map((row): Vector3 => [row[0] ?? NaN, row[1] ?? NaN, row[2] ?? NaN]);
  const volumes = header.dims[3] ?? 1;
  if (rows.length !== volumes) {
    const message = `${rows.length} gradients for ${volumes} volumes`;
    findings.push(errorFinding('input.invalid', message, place, 'one row of dw_scheme per volume'));
  }
  const [first, ...others] = nonUnitDirections({ bvals, bvecs: directions });
  if (first !== undefined) {
    const length = Math.hypot(...(directions[first] ?? [NaN, NaN, NaN]));
    const message = `${others.length + 1} directions have no unit length; volume ${first} (b=${bvals[first]}) has ${length.toFixed(3)}`;
    findings.push(errorFinding('input.invalid', message, place, 'length 1 within 0.01'));
  }
  return { bvals, directions, findings };
}

/** Angle in degrees between two axes: a gradient and its opposite measure the same. */
export function axisAngle(a: Vector3, b: Vector3): number {
  const dot = Math.abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / (Math.hypot(...a) * Math.hypot(...b));
  return (Math.acos(Math.min(1, dot)) * 180) / Math.PI;
}

/**
 * Number of directions that differ by more than a degree, opposite ones taken as one, among volumes of the highest
 * shell: how much of the sphere was really sampled.
 */
export function distinctDirections(bvals: readonly number[], directions: readonly Vector3[]): number {
  const highest = Math.max(...bvals);
  const distinct: Vector3[] = [];
  for (const [index, direction] of directions.entries()) {
    const b = bvals[index] ?? 0;
    if (b <= B0_THRESHOLD || b < highest * 0.9) continue;
    if (!distinct.some((known) => axisAngle(known, direction) < 1)) distinct.push(direction);
  }
  return distinct.length;
}
