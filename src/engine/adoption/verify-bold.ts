import { join } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { sidecarFor } from '../../bids/inheritance.js';
import { parseTsv } from '../../bids/tsv.js';
import type { FileFacts } from '../../checks/file-facts.js';
import { gridDistance } from '../../imaging/affine.js';
import { gridOf, volumesOf, type NiftiHeader } from '../../imaging/nifti-header.js';
import { streamVoxels } from '../../imaging/voxel-stream.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';

/** mm. */
const SAME_GRID = 1e-3;
/** s; headers hold a float32, and some tools milliseconds. */
const SAME_TR = 1e-3;
/**
 * Least correlation of the mean signal inside the mask with the confound `global_signal`, which is that mean before
 * resampling (fMRIPrep, "Confounds"): of the same run 0.95 and more, of another run by chance only.
 */
const SAME_RUN = 0.5;

/** Entities that images of one run may differ in: what they were resampled to, and what they show. */
const OF_THE_IMAGE = new Set(['space', 'res', 'den', 'desc', 'echo']);

type Say = (file: string, message: string, expected: string, field?: string) => void;

/**
 * Holds a preprocessed BOLD run against what belongs to it: its sidecar (TR), its mask (grid), its confounds (a row for
 * each volume, and of this run), and reads it to the end.
 */
export async function boldFindings(
  dataset: BidsDataset,
  bold: BidsFile,
  facts: FileFacts,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const say: Say = (file, message, expected, field) =>
    void findings.push(
      errorFinding('input.invalid', message, { file, ...(field === undefined ? {} : { field }) }, expected),
    );
  const header = await facts.header(join(dataset.root, bold.path));
  const volumes = volumesOf(header);
  if (volumes < 2) say(bold.path, `it has ${volumes} volume`, 'a series');
  await checkRepetitionTime(dataset, bold, header, say);
  const mask = besides(dataset, bold, { desc: 'brain', suffix: 'mask' }, true);
  const inside = mask === undefined ? undefined : await checkMask(dataset, bold, mask, header, facts, say);
  if (mask === undefined)
    say(bold.path, 'there is no mask for it', 'desc-brain_mask with its entities and its space');
  const mean = await meanSignal(header, inside, say, bold.path);
  const confounds = ['timeseries', 'regressors'].flatMap(
    (suffix) => besides(dataset, bold, { desc: 'confounds', suffix }, false) ?? [],
  )[0];
  if (confounds === undefined)
    say(bold.path, 'there are no confounds for it', 'desc-confounds_timeseries.tsv');
  else await checkConfounds(dataset, confounds, volumes, mean, facts, say);
  return findings;
}

/** The file of the same run that has the entity and suffix; of the same space where `samePlace`. */
function besides(
  { files }: BidsDataset,
  bold: BidsFile,
  wanted: { desc: string; suffix: string },
  samePlace: boolean,
): BidsFile | undefined {
  const key = (file: BidsFile): string =>
    Object.entries(file.entities)
      .filter(([name]) => name !== 'desc' && (samePlace || !OF_THE_IMAGE.has(name)))
      .map(([name, value]) => `${name}-${value}`)
      .join('_');
  const own = key(bold);
  return files.find(
    (file) =>
      file.suffix === wanted.suffix &&
      file.entities['desc'] === wanted.desc &&
      file.extension !== '.json' &&
      key(file) === own,
  );
}

async function checkRepetitionTime(
  dataset: BidsDataset,
  bold: BidsFile,
  header: NiftiHeader,
  say: Say,
): Promise<void> {
  const { values, sources } = await sidecarFor(dataset, bold);
  const told = values['RepetitionTime'];
  const place = sources.at(-1) ?? bold.path;
  if (typeof told !== 'number' || !(told > 0))
    return say(place, 'no sidecar says its RepetitionTime', 'seconds above 0', 'RepetitionTime');
  const own = header.repetitionTimeS;
  if (own !== undefined && Math.abs(own - told) > SAME_TR)
    say(
      place,
      `RepetitionTime is ${told} s, the header of the image says ${own} s`,
      'the same',
      'RepetitionTime',
    );
}

/** Whether each voxel is inside the mask; undefined where it does not fit the image. */
async function checkMask(
  { root }: BidsDataset,
  bold: BidsFile,
  mask: BidsFile,
  header: NiftiHeader,
  facts: FileFacts,
  say: Say,
): Promise<Uint8Array | undefined> {
  const own = await facts.header(join(root, mask.path));
  const away = gridDistance(gridOf(own), gridOf(header));
  if (away === undefined || away > SAME_GRID) {
    const how = away === undefined ? 'of another size' : `${away.toFixed(2)} mm away`;
    say(mask.path, `it lies on another grid than ${bold.path}: ${how}`, 'the grid of the image');
    return undefined;
  }
  const inside = new Uint8Array(own.dims.slice(0, 3).reduce((product, n) => product * n, 1));
  let count = 0;
  await streamVoxels(own, (values, first) => {
    for (let n = 0; n < values.length; n += 1)
      if ((values[n] ?? 0) > 0.5 && first + n < inside.length) {
        inside[first + n] = 1;
        count += 1;
      }
  });
  if (count === 0 || count === inside.length)
    say(mask.path, count === 0 ? 'it is empty' : 'it holds every voxel', 'a mask of the brain');
  // Voxels are compared by index: the axes of both must run the same way, too.
  return sameOrder(own, header) ? inside : undefined;
}

function sameOrder(a: NiftiHeader, b: NiftiHeader): boolean {
  return a.affine.every((row, r) =>
    row.every((value, c) => Math.abs(value - (b.affine[r]?.[c] ?? NaN)) < 1e-3),
  );
}

/** Mean of each volume inside the mask, or over all voxels; the image is read to its end. */
async function meanSignal(
  header: NiftiHeader,
  inside: Uint8Array | undefined,
  say: Say,
  file: string,
): Promise<readonly number[]> {
  const size = header.dims.slice(0, 3).reduce((product, n) => product * n, 1);
  const sums = new Float64Array(volumesOf(header));
  let odd = 0;
  await streamVoxels(header, (values, first) => {
    for (let n = 0; n < values.length; n += 1) {
      const value = values[n] ?? 0;
      const at = first + n;
      if (inside !== undefined && inside[at % size] !== 1) continue;
      if (!Number.isFinite(value)) odd += 1;
      else sums[Math.floor(at / size)] = (sums[Math.floor(at / size)] ?? 0) + value;
    }
  });
  if (odd > 0) say(file, `${odd} values inside the mask are no numbers`, 'finite values');
  return [...sums];
}

async function checkConfounds(
  { root }: BidsDataset,
  confounds: BidsFile,
  volumes: number,
  mean: readonly number[],
  facts: FileFacts,
  say: Say,
): Promise<void> {
  const { path } = confounds;
  const table = parseTsv(await facts.text(join(root, path)), { file: path });
  const [broken] = table.findings;
  if (broken !== undefined) return say(path, broken.message, broken.expected ?? 'a table by BIDS');
  if (table.rows.length !== volumes)
    return say(path, `${table.rows.length} rows for ${volumes} volumes`, 'a row for each volume');
  if (!table.columns.includes('global_signal')) return;
  const told = table.rows.map((row) => Number(row['global_signal']));
  const known = told.map((_, n) => n).filter((n) => Number.isFinite(told[n]));
  const together = correlation(
    known.map((n) => told[n] ?? 0),
    known.map((n) => mean[n] ?? 0),
  );
  if (together !== undefined && together < SAME_RUN)
    say(
      path,
      `its global signal follows the image by r = ${together.toFixed(2)} only: it is of another run`,
      `the confounds of this run, r above ${SAME_RUN}`,
      'global_signal',
    );
}

/** Pearson's r; undefined for fewer than ten points and for a constant. */
function correlation(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length < 10) return undefined;
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [n, value] of a.entries()) {
    const [x, y] = [value - ma, (b[n] ?? 0) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? undefined : ab / Math.sqrt(aa * bb);
}
