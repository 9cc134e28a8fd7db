import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Affine } from '../../src/imaging/affine.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';

/** 3.5 mm, left on the right of the array (radiological storage, as scanners write it). */
export const aslAffine: Affine = [
  [-3.5, 0, 0, 60],
  [0, 3.5, 0, -70],
  [0, 0, 5, -20],
  [0, 0, 0, 1],
];
export const aslDims = [34, 40, 10] as const;
export const aslVoxels = aslDims[0] * aslDims[1] * aslDims[2];

/** 0 outside the head, 1 white matter, 2 grey matter, of a head that is an ellipsoid with its cortex as a shell. */
export function aslTissue(voxel: number): 0 | 1 | 2 {
  const x = (voxel % 34) - 16.5;
  const y = (Math.floor(voxel / 34) % 40) - 19.5;
  const z = Math.floor(voxel / (34 * 40)) - 4.5;
  const r = Math.hypot(x / 13, y / 16, z / 8);
  if (r > 1) return 0;
  return r > 0.75 ? 2 : 1;
}

/** Cerebral blood flow (mL/100 g/min) of the head: 20 in white matter; 60 in grey matter, 90 where x > 0 (the right). */
export function aslFlow(voxel: number): number {
  const tissue = aslTissue(voxel);
  if (tissue === 0) return 0;
  if (tissue === 1) return 20;
  const world = -3.5 * (voxel % 34) + 60;
  return world > 0 ? 90 : 60;
}

export interface AslSeries {
  readonly subject: string;
  /** `aslcontext.tsv`. */
  readonly context: readonly string[];
  /** Nearest sidecar; keys that it lacks come from `asl.json` at the root. */
  readonly sidecar: Readonly<Record<string, unknown>>;
  /** Signal of a volume: by its number and voxel. */
  readonly signal: (volume: number, voxel: number) => number;
  readonly m0?: {
    readonly sidecar: Readonly<Record<string, unknown>>;
    readonly signal: (voxel: number) => number;
  };
}

/** A BIDS dataset of ASL series, one a participant, with what is the same for all at its root. */
export async function writeAslDataset(
  root: string,
  general: Readonly<Record<string, unknown>>,
  series: readonly AslSeries[],
): Promise<string> {
  const text = (path: string, content: string | object): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    const body = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
    writeFileSync(join(root, path), body);
  };
  text('dataset_description.json', { Name: 'ASL', BIDSVersion: '1.10.0', DatasetType: 'raw' });
  text('README', 'Synthetic ASL with known flow, made by a test.\n');
  text('asl.json', general);
  for (const { subject, context, sidecar, signal, m0 } of series) {
    const place = `sub-${subject}/perf/sub-${subject}`;
    text(`${place}_asl.json`, sidecar);
    text(`${place}_aslcontext.tsv`, `volume_type\n${context.join('\n')}\n`);
    const image = { affine: aslAffine, datatype: 'float32', repetitionTimeS: 4 } as const;
    await writeNifti(join(root, `${place}_asl.nii.gz`), {
      ...image,
      dims: [...aslDims, context.length],
      data: Float64Array.from({ length: aslVoxels * context.length }, (_, index) =>
        signal(Math.floor(index / aslVoxels), index % aslVoxels),
      ),
    });
    if (m0 === undefined) continue;
    text(`${place}_m0scan.json`, m0.sidecar);
    await writeNifti(join(root, `${place}_m0scan.nii.gz`), {
      ...image,
      dims: [...aslDims],
      data: Float64Array.from({ length: aslVoxels }, (_, voxel) => m0.signal(voxel)),
    });
  }
  return root;
}
