import { applyAffine, gridDistance, type Grid } from '../../imaging/affine.js';
import { gridOf } from '../../imaging/nifti-header.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding } from '../../kernel/findings.js';
import { ownName } from '../../skills/capability.js';
import type { Skill } from '../../skills/skill.js';
import type { InputLooks } from '../check-inputs.js';
import type { InputBinding, Pipeline, PipelineStep } from '../pipeline.js';
import { baseOfFan, fanOutOf } from '../references.js';
import type { FindingList } from './finding-list.js';
import { matchingItems, type Item } from './item.js';
import type { Located } from './located.js';

/** What a role asks for that must lie on the grid of another image. */
export type GridBinding = Extract<InputBinding, { readonly on_grid_of: string }>;

export function asGridBinding(binding: InputBinding): GridBinding | undefined {
  return typeof binding !== 'string' && 'on_grid_of' in binding ? binding : undefined;
}

/** The capability by which labels change their grid. */
export const LABEL_RESAMPLING = 'label-resampling';

/** Two grids are one where no corner is farther off than this share of the smaller voxel. */
const SAME_GRID = 0.01;

/** A step that was put in so that labels lie on the grid of another image. */
export interface GridStep {
  readonly step: string;
  readonly labels: string;
  readonly grid: string;
}

export interface WithGridSteps {
  readonly pipeline: Pipeline;
  /** By id of the inserted step. */
  readonly inserted: ReadonlyMap<string, GridStep>;
}

/** Files of the inputs of a stage, before any step is built. */
interface StageFiles {
  readonly items: ReadonlyMap<string, readonly Item[]>;
  readonly fixed: ReadonlyMap<string, Located | { readonly missing: string }>;
}

/**
 * Puts a step that resamples by the nearest label before every role that asks for labels on the grid of another input
 * (`{labels: parcellation, on_grid_of: dwi}`), where for some item the two grids differ. Where they agree everywhere
 * the role is bound to the labels as they are, and no tool is needed.
 */
export async function withGridSteps(
  pipeline: Pipeline,
  files: StageFiles,
  looks: InputLooks,
  skills: ReadonlyMap<string, Skill>,
): Promise<WithGridSteps> {
  const inserted = new Map<string, GridStep>();
  if (!pipeline.steps.some(({ inputs }) => Object.values(inputs).some(asGridBinding)))
    return { pipeline, inserted };
  const fans = fanOutOf(pipeline);
  const steps: PipelineStep[] = [];
  for (const step of pipeline.steps) {
    const inputs: Record<string, InputBinding> = {};
    for (const [role, binding] of Object.entries(step.inputs)) {
      const wanted = asGridBinding(binding);
      if (wanted === undefined) {
        inputs[role] = binding;
        continue;
      }
      if (!(await anyDiffers(wanted, files, looks))) {
        inputs[role] = wanted.labels;
        continue;
      }
      const id = `${step.id}-${role}-grid`;
      const [fan, ...per] = (fans.get(step.id) ?? '').split(' per ');
      steps.push({
        id,
        capability: LABEL_RESAMPLING,
        prefer: providersOf(skills.get(step.skill ?? '')?.contract.inputs[role]?.kind, skills),
        ...(fan === undefined || fan === '' ? {} : { for_each: baseOfFan(fan) }),
        ...(per[0] === undefined ? {} : { per: per[0].split(' ') }),
        inputs: { labels: wanted.labels, template: wanted.on_grid_of },
        params: {},
        // Items whose labels lie on the grid already keep them.
        otherwise: { resampled: 'labels' },
        publish: {},
      });
      inserted.set(id, { step: id, labels: wanted.labels, grid: wanted.on_grid_of });
      inputs[role] = `${id}.resampled`;
    }
    steps.push({ ...step, inputs });
  }
  return { pipeline: { ...pipeline, steps }, inserted };
}

/** Providers that make what the role takes first: another kind is no preference, and its absence no substitution. */
function providersOf(kind: string | undefined, skills: ReadonlyMap<string, Skill>): string[] {
  return [...skills.values()].flatMap(({ id, contract }) => {
    const provision = contract.provides[LABEL_RESAMPLING];
    if (provision === undefined) return [];
    return contract.outputs[ownName(provision, 'outputs', 'resampled')]?.kind === kind ? [id] : [];
  });
}

async function anyDiffers(
  { labels, on_grid_of: grid }: GridBinding,
  { items, fixed }: StageFiles,
  looks: InputLooks,
): Promise<boolean> {
  const filesOf = (input: string, of?: Item): string[] => {
    const given = fixed.get(input);
    if (given !== undefined) return 'missing' in given ? [] : pathsOf(given.files);
    const candidates = items.get(input) ?? [];
    return (of === undefined ? candidates : matchingItems(of, candidates)).flatMap((item) =>
      pathsOf(item.files.slice(0, 1)),
    );
  };
  const targets = items.get(grid);
  const pairs = (targets ?? [undefined]).flatMap((target) =>
    (target === undefined ? filesOf(grid) : pathsOf(target.files.slice(0, 1))).flatMap((template) =>
      filesOf(labels, target).map((path) => [path, template] as const),
    ),
  );
  for (const [path, template] of pairs)
    if ((await gridDifference(path, template, looks)) !== undefined) return true;
  return false;
}

function pathsOf(files: Located['files']): string[] {
  return files.flatMap(({ source }) => (source.from === 'dataset' ? [source.path] : []));
}

/** How the grids of two images of the dataset differ; undefined: not at all, or a file cannot be read (told elsewhere). */
export interface GridDifference {
  /** `91 x 109 x 91 voxels of 2 x 2 x 2 mm, not 102 x 102 x 60 of ...`. */
  readonly text: string;
  /** Whether the two meet in space at all. */
  readonly apart: boolean;
}

export async function gridDifference(
  labels: string,
  template: string,
  looks: InputLooks,
): Promise<GridDifference | undefined> {
  let grids: [Grid, Grid];
  let sizes: [string, string];
  try {
    const [a, b] = await Promise.all([looks.header(labels), looks.header(template)]);
    grids = [gridOf(a), gridOf(b)];
    sizes = [describeGrid(grids[0], a.voxelSizes), describeGrid(grids[1], b.voxelSizes)];
    const distance = gridDistance(...grids);
    if (distance !== undefined && distance <= SAME_GRID * Math.min(...a.voxelSizes, ...b.voxelSizes))
      return undefined;
  } catch (error) {
    if (error instanceof NeuroClawError) return undefined;
    throw error;
  }
  const same = sizes[0] === sizes[1];
  return {
    text: same
      ? `${sizes[0]} like those of the other, but elsewhere in space`
      : `${sizes[0]}, not ${sizes[1]}`,
    apart: !meet(...grids),
  };
}

function describeGrid({ shape }: Grid, voxelSizes: readonly number[]): string {
  return `${shape.join(' x ')} voxels of ${voxelSizes.map((size) => Number(size.toPrecision(3))).join(' x ')} mm`;
}

/** Whether the boxes (world axes) around two grids share any space. */
function meet(a: Grid, b: Grid): boolean {
  const [p, q] = [boxOf(a), boxOf(b)];
  return [0, 1, 2].every(
    (axis) => (p[axis]?.[0] ?? 0) < (q[axis]?.[1] ?? 0) && (q[axis]?.[0] ?? 0) < (p[axis]?.[1] ?? 0),
  );
}

function boxOf({ shape, affine }: Grid): [number, number][] {
  const corners = [-0.5, shape[0] - 0.5].flatMap((i) =>
    [-0.5, shape[1] - 0.5].flatMap((j) => [-0.5, shape[2] - 0.5].map((k) => applyAffine(affine, [i, j, k]))),
  );
  return [0, 1, 2].map((axis) => {
    const values = corners.map((corner) => corner[axis as 0 | 1 | 2]);
    return [Math.min(...values), Math.max(...values)];
  });
}

/** What a job of an inserted step meets: nothing to do, a grid to change, or images that do not meet in space. */
export async function judgeGrids(
  { labels: input, grid }: GridStep,
  labels: Located,
  template: Located,
  looks: InputLooks,
  findings: FindingList,
): Promise<'same' | 'apart' | { readonly reason: string }> {
  const [path, target] = [pathsOf(labels.files)[0], pathsOf(template.files)[0]];
  if (path === undefined || target === undefined) return 'same';
  const difference = await gridDifference(path, target, looks);
  if (difference === undefined) return 'same';
  const reason = `${input} (${labels.files[0]?.name ?? path}) has ${difference.text} as ${grid} has`;
  if (!difference.apart) return { reason };
  findings.add(
    errorFinding(
      'plan.cannot',
      `${reason}, and the two do not meet in space`,
      { file: path, field: `inputs.${input}` },
      `labels in the space of ${grid}: register them first, nothing is moved here`,
    ),
  );
  return 'apart';
}
