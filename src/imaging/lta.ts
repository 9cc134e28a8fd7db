import { invertAffine, multiplyAffines, type Affine } from './affine.js';

/** A linear registration of FreeSurfer. */
export interface Lta {
  /** From points of the moved image (`src`) to the fixed one (`dst`), both in scanner space: mm, RAS+. */
  readonly world: Affine;
  readonly source: string | undefined;
  readonly destination: string | undefined;
}

/**
 * Reads a linear transform of FreeSurfer (.lta) with one matrix, as bbregister, mri_coreg and mri_robust_register write it.
 *
 * Types (FreeSurfer, include/transform.h): 0 from voxels to voxels, 1 from scanner RAS to scanner RAS. The volumes at the end
 * say size, voxel size, direction cosines and the scanner RAS of the centre (voxel size / 2 along each axis), from which the
 * affine of each image follows. Undefined: it is none, of another type, or without its volumes where they are needed.
 */
export function parseLta(text: string): Lta | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const type = Number(/^type\s*=\s*(\d+)/m.exec(lines.join('\n'))?.[1]);
  const at = lines.findIndex((line) => /^1\s+4\s+4$/.test(line));
  const rows = lines.slice(at + 1, at + 5).map((line) => line.split(/\s+/).map(Number));
  if (at < 0 || rows.length !== 4 || rows.some((row) => row.length !== 4 || !row.every(Number.isFinite)))
    return undefined;
  const matrix = rows as unknown as Affine;
  const [src, dst] = [volumeOf(lines, 'src'), volumeOf(lines, 'dst')];
  const names = { source: src?.file, destination: dst?.file };
  if (type === 1) return { world: matrix, ...names };
  if (type !== 0 || src?.affine === undefined || dst?.affine === undefined) return undefined;
  return { world: multiplyAffines(dst.affine, multiplyAffines(matrix, invertAffine(src.affine))), ...names };
}

function volumeOf(
  lines: readonly string[],
  which: 'src' | 'dst',
): { readonly file: string | undefined; readonly affine: Affine | undefined } | undefined {
  const from = lines.findIndex((line) => line.startsWith(`${which} volume info`));
  if (from < 0) return undefined;
  const end = lines.findIndex((line, at) => at > from && /^(src|dst) volume info/.test(line));
  const own = lines.slice(from + 1, end < 0 ? undefined : end);
  const text = (name: string): string | undefined =>
    own.map((line) => new RegExp(`^${name}\\s*=\\s*(.*)$`).exec(line)?.[1]?.trim()).find(Boolean);
  const three = (name: string): number[] => (text(name) ?? '').split(/\s+/).map(Number);
  const [size, voxels] = [three('volume'), three('voxelsize')];
  const cosines = ['xras', 'yras', 'zras'].map(three);
  const centre = three('cras');
  const all = [size, voxels, ...cosines, centre];
  if (!all.every((numbers) => numbers.length === 3 && numbers.every(Number.isFinite)))
    return { file: text('filename'), affine: undefined };
  const row = (axis: number): [number, number, number, number] => {
    const columns = [0, 1, 2].map((n) => (cosines[n]?.[axis] ?? 0) * (voxels[n] ?? 1));
    const shift = columns.reduce((sum, value, n) => sum + (value * (size[n] ?? 0)) / 2, 0);
    const [a = 0, b = 0, c = 0] = columns;
    return [a, b, c, (centre[axis] ?? 0) - shift];
  };
  return { file: text('filename'), affine: [row(0), row(1), row(2), [0, 0, 0, 1]] };
}
