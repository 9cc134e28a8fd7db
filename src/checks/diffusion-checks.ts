import { z } from 'zod';
import { determinant, type Affine } from '../imaging/affine.js';
import type { DiffusionSeries } from '../imaging/fibre-voxels.js';
import { judgeGradientFrame, worldToVoxelAxes } from '../imaging/gradient-frame.js';
import { directionsOf, type Vector3 } from '../imaging/gradients.js';
import { distinctDirections, mifGradients } from '../imaging/mif-gradients.js';
import { streamMifVoxels } from '../imaging/mif-voxels.js';
import { volumesOf } from '../imaging/nifti-header.js';
import { streamVoxels } from '../imaging/voxel-stream.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check, type CheckSubject } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { readNumberTable } from './number-table.js';
import { problem } from './problem.js';
import { isMif, voxelsOf } from './space.js';

/** Highest order of a fibre orientation distribution that super-resolution reaches (Tournier 2007): MRtrix3's default. */
const SUPER_RESOLVED = 8;

/** Checks of diffusion models: what gradients can carry and what tissue can do. */
export const diffusionChecks: readonly Check[] = [
  defineCheck({
    name: 'fod.degree',
    version: 1,
    catches:
      'an orientation distribution of an order that its gradients cannot carry, or with coefficients missing',
    args: z.strictObject({
      /** Role of the diffusion series, an MRtrix image with its gradients. */
      input: z.string(),
      /** Whether non-negativity may carry the order up to 8 with fewer directions than coefficients. */
      super_resolved: z.boolean().default(true),
    }),
    run: async (subject, { input, super_resolved }, facts) => {
      const { path } = subject;
      const coefficients = (await facts.mif(path)).dims[3] ?? 1;
      const say = (message: string, expected: string): Finding =>
        problem('fod.degree', path, message, expected, 'dim');
      const lmax = degreeOf(coefficients);
      if (lmax === undefined)
        return {
          findings: [
            say(
              `${coefficients} volumes`,
              '(l+1)(l+2)/2 coefficients of an even order l: 1, 6, 15, 28, 45, ...',
            ),
          ],
        };
      const table = mifGradients(await facts.mif(pathOf(subject, input)));
      const directions = table === undefined ? 0 : distinctDirections(table.bvals, table.directions);
      const carried = Math.max(
        0,
        ...[0, 2, 4, 6, 8, 10, 12, 14, 16].filter((l) => coefficientsOf(l) <= directions),
      );
      const values = { lmax, directions };
      if (lmax <= carried) return { findings: [], values };
      const message = `order ${lmax} from ${directions} directions, which determine order ${carried}`;
      const finding = say(message, `order ${carried} or less`);
      if (super_resolved && lmax <= SUPER_RESOLVED && carried >= 2)
        return {
          findings: [
            { ...finding, severity: 'warning', suggestion: 'take angles below the resolution with care' },
          ],
          values,
        };
      return { findings: [finding], values };
    },
  }),
  defineCheck({
    name: 'response.coefficients',
    version: 1,
    catches:
      'a response function that no tissue has: negative or growing with b, or fitted to the wrong voxels',
    args: z.strictObject({
      /** 1: the response of the one tissue of a single-shell model, which must be flat like a pancake. */
      tissues: z.number().int().min(1).optional(),
    }),
    run: async ({ path }, { tissues }, facts) => {
      const { rows, findings } = readNumberTable(await facts.text(path), path, 'response.coefficients');
      const say = (message: string, expected: string): void =>
        void findings.push(problem('response.coefficients', path, message, expected));
      const first = rows.map((row) => row[0] ?? NaN);
      if (rows.length === 0) say('no row', 'one row per shell');
      const ragged = rows.find((row) => row.length !== rows[0]?.length);
      if (ragged !== undefined)
        say(`rows of ${rows[0]?.length} and ${ragged.length} coefficients`, 'as many in every row');
      const negative = first.findIndex((value) => !(value > 0));
      if (negative >= 0)
        say(`the mean signal of shell ${negative + 1} is ${first[negative]}`, 'above 0 (coefficient l=0)');
      const rising = first.findIndex((value, index) => index > 0 && value > (first[index - 1] ?? Infinity));
      if (rising >= 0)
        say(
          `the mean signal rises from shell ${rising} (${first[rising - 1]}) to ${rising + 1} (${first[rising]})`,
          'a signal that falls with b, shells from low to high b',
        );
      const last = rows.at(-1) ?? [];
      // Least signal along the fibre: l=2 is below 0 (Tournier et al. 2013, doi 10.1002/nbm.3017).
      if (tissues === 1 && !((last[1] ?? 0) < 0))
        say(`coefficient l=2 is ${last[1] ?? 'missing'}`, 'below 0: least signal along the fibres');
      return { findings, values: { shells: rows.length, coefficients: rows[0]?.length ?? 0 } };
    },
  }),
  defineCheck({
    name: 'dwi.gradient-frame',
    version: 1,
    catches: 'a gradient axis that was flipped or swapped: FA looks right, but fibres lead nowhere',
    args: z.strictObject({
      /** Roles; where one is absent, the output itself, or the gradients in an MRtrix image. */
      image: z.string().optional(),
      bval: z.string().optional(),
      bvec: z.string().optional(),
      mask: z.string().optional(),
    }),
    run: async (subject, roles, facts) => {
      const { series, affine, findings } = await seriesOf(subject, roles, facts);
      if (series === undefined) return { findings };
      const mask = roles.mask === undefined ? undefined : await voxelsOf(pathOf(subject, roles.mask), facts);
      const verdict = await judgeGradientFrame(
        series,
        affine,
        mask === undefined ? undefined : (voxel) => (mask[voxel] ?? 0) > 0,
      );
      if (verdict === undefined)
        return { findings: [note(subject.path, 'the gradients determine no tensor: nothing to compare')] };
      const round = (mm: number): number => Math.round(mm * 100) / 100;
      const values = {
        verdict: verdict.verdict,
        fibre_voxels: verdict.fibreVoxels,
        mean_length_mm: round(verdict.ownMm),
        best_other_mm: round(verdict.otherMm),
        best_other_frame: verdict.otherFrame,
      };
      if (verdict.verdict === 'right') return { findings: [], values };
      if (verdict.verdict === 'undecided') {
        const text = `${verdict.fibreVoxels} voxels with a clear direction do not tell one gradient frame from another`;
        return { findings: [note(subject.path, text)], values };
      }
      const message = `fibres can be followed for ${verdict.otherMm.toFixed(1)} mm with ${verdict.otherFrame}, for ${verdict.ownMm.toFixed(1)} mm with the gradients as they are`;
      const finding = {
        ...problem('dwi.gradient-frame', subject.path, message, `gradients with ${verdict.otherFrame}`),
        suggestion:
          'look at principal directions on the image; convert again, or correct the table at its source',
      };
      return { findings: [finding], values };
    },
  }),
];

const note = (path: string, message: string): Finding => ({
  code: 'dwi.gradient-frame',
  severity: 'info',
  message,
  place: { file: path },
});

interface SeriesRoles {
  readonly image?: string | undefined;
  readonly bval?: string | undefined;
  readonly bvec?: string | undefined;
}

async function seriesOf(
  subject: CheckSubject,
  roles: SeriesRoles,
  facts: FileFacts,
): Promise<{ series: DiffusionSeries | undefined; affine: Affine; findings: Finding[] }> {
  const path = roles.image === undefined ? subject.path : pathOf(subject, roles.image);
  const own = (role: string | undefined): string =>
    role === undefined ? subject.path : pathOf(subject, role);
  const say = (message: string, expected: string): Finding =>
    problem('dwi.gradient-frame', subject.path, message, expected);
  if (isMif(path)) {
    const header = await facts.mif(path);
    const table = mifGradients(header);
    const findings =
      table === undefined ? [say('the image has no gradients', 'dw_scheme')] : [...table.findings];
    if (header.dims.length !== 4) findings.push(say(`the image has ${header.dims.length} axes`, 'four axes'));
    const series =
      table === undefined || findings.length > 0
        ? undefined
        : {
            dims: fourDims(header.dims),
            strides: header.strides,
            stream: (onChunk: OnChunk) => streamMifVoxels(header, onChunk),
            bvals: table.bvals,
            directions: worldToVoxelAxes(table.directions, header.affine),
          };
    return { series, affine: header.affine, findings };
  }
  const header = await facts.header(path);
  const bvals = (await facts.numbers(own(roles.bval))).rows.flat();
  const bvecs = directionsOf((await facts.numbers(own(roles.bvec))).rows);
  const volumes = volumesOf(header);
  if (bvecs?.length !== volumes || bvals.length !== volumes) {
    const message = `${bvals.length} b-values and ${bvecs?.length ?? 'no'} directions for ${volumes} volumes`;
    return { series: undefined, affine: header.affine, findings: [say(message, 'one of each per volume')] };
  }
  // FSL counts x against the voxel axis where the axes are right-handed.
  const sign = determinant(header.affine) > 0 ? -1 : 1;
  const series = {
    dims: fourDims(header.dims),
    strides: [1, 2, 3, 4],
    stream: (onChunk: OnChunk) => streamVoxels(header, onChunk),
    bvals,
    directions: bvecs.map(([x, y, z]): Vector3 => [sign * x, y, z]),
  };
  return { series, affine: header.affine, findings: [] };
}

type OnChunk = (values: Float64Array, firstIndex: number) => void;

function fourDims(dims: readonly number[]): [number, number, number, number] {
  const volumes = dims.slice(3).reduce((product, n) => product * n, 1);
  return [dims[0] ?? 1, dims[1] ?? 1, dims[2] ?? 1, volumes];
}

/** Coefficients of the even spherical harmonics up to an order (Descoteaux et al. 2007, doi 10.1002/mrm.21277). */
function coefficientsOf(lmax: number): number {
  return ((lmax + 1) * (lmax + 2)) / 2;
}

function degreeOf(coefficients: number): number | undefined {
  return [0, 2, 4, 6, 8, 10, 12, 14, 16].find((lmax) => coefficientsOf(lmax) === coefficients);
}
