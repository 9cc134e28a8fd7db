import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { filesBelow } from '../../checks/folder-checks.js';
import { canonicalJson, sha256 } from '../../kernel/json.js';
import { gridDistance } from '../../imaging/affine.js';
import { gridOf, readNiftiHeader } from '../../imaging/nifti-header.js';
import { readVoxels, streamVoxels } from '../../imaging/voxel-stream.js';
import { hashStreamlines } from '../../imaging/tck.js';

/**
 * A digest of what a file says, without what differs from one run to the next: of an image its numbers, shape and
 * place; of streamlines the points, without the header; of JSON its canonical form; of a folder all of its files; of all
 * else the bytes.
 */
async function contentDigest(path: string, kind: string): Promise<string> {
  switch (kind) {
    case 'nifti': {
      const header = await readNiftiHeader(path);
      const hash = createHash('sha256');
      hash.update(
        canonicalJson({ dims: header.dims, affine: header.affine, tr: header.repetitionTimeS ?? null }),
      );
      await streamVoxels(header, (values) => {
        hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      });
      return hash.digest('hex');
    }
    case 'tck':
      return hashStreamlines(path);
    case 'json':
      return sha256(canonicalJson(JSON.parse(await readFile(path, 'utf8'))));
    case 'folder': {
      const names = await filesBelow(path);
      const digests: [string, string][] = [];
      for (const name of names) digests.push([name, await contentDigest(join(path, name), kindOfName(name))]);
      return sha256(canonicalJson(digests));
    }
    default:
      return sha256(await readFile(path));
  }
}

function kindOfName(name: string): string {
  if (/\.nii(\.gz)?$/.test(name)) return 'nifti';
  return /\.(json|tck)$/.exec(name)?.[1] ?? 'any';
}

/** Share of the largest value by which a number may differ in mode `content`: what summing in another order costs in float32. */
const CONTENT_TOLERANCE = 1e-4;

/**
 * Whether two files say the same: `exact` by their digest of content, `content` with the last digits of numbers left
 * out (images and tables; all else exactly).
 */
export async function sameContent(
  before: string,
  after: string,
  kind: string,
  mode: 'exact' | 'content',
): Promise<boolean> {
  if ((await contentDigest(before, kind)) === (await contentDigest(after, kind))) return true;
  if (mode === 'exact') return false;
  if (kind === 'nifti') return sameImages(before, after);
  if (kind === 'tsv' || kind === 'csv' || kind === 'text')
    return sameTables(await readFile(before, 'utf8'), await readFile(after, 'utf8'));
  return false;
}

async function sameImages(before: string, after: string): Promise<boolean> {
  const [a, b] = [await readNiftiHeader(before), await readNiftiHeader(after)];
  if (a.dims.join() !== b.dims.join() || !((gridDistance(gridOf(a), gridOf(b)) ?? Infinity) < 1e-3))
    return false;
  const [x, y] = [await readVoxels(a), await readVoxels(b)];
  const scale = x.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  return x.every((value, index) => sameNumber(value, y[index] as number, scale));
}

function sameTables(before: string, after: string): boolean {
  const [a, b] = [before.trim().split(/[\s,]+/), after.trim().split(/[\s,]+/)];
  return (
    a.length === b.length &&
    a.every((word, index) => {
      const other = b[index] as string;
      return word === other || sameNumber(Number(word), Number(other), Math.abs(Number(word)));
    })
  );
}

function sameNumber(a: number, b: number, scale: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= CONTENT_TOLERANCE * scale;
}
