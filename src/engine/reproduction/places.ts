import { statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { Plan, PlanStage } from '../../planning/plan.js';

/** A folder or file outside the output folder that a plan works on. */
export interface Place {
  /** `data` for the first dataset, else the name of the input: stands as `{data}` for the path. */
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** For people: `the BIDS dataset`. */
  readonly about: string;
  /** Absolute. */
  readonly path: string;
}

/** What a plan names outside its output folder, each place once; a path below another place belongs to that one. */
export function placesOf(plan: Plan): Place[] {
  const places: Place[] = [];
  const add = (name: string, path: string, about: string): void => {
    const absolute = resolve(path);
    if (relativeTo([...places, outOf(plan)], absolute) !== undefined) return;
    let free = name;
    for (let index = 2; places.some((place) => place.name === free); index++) free = `${name}${index}`;
    places.push({ name: free, kind: isFile(absolute) ? 'file' : 'folder', about, path: absolute });
  };
  for (const { data } of plan.stages) {
    if ('bids' in data) add('data', data.bids, 'the BIDS dataset');
    else if ('dicom' in data) add('data', data.dicom, 'the folder of DICOMs');
  }
  for (const stage of plan.stages)
    for (const [name, path] of Object.entries(stage.inputs))
      add(name, path, `the input ${name} of stage ${stage.id}`);
  return places;
}

/** Puts `{data}` in place of paths, or with `back` the paths in place of names. */
export function movePlaces(plan: Plan, places: readonly Place[], way: 'names' | 'back' = 'names'): Plan {
  const all = [...places, outOf(plan)];
  const move = (path: string): string =>
    way === 'names' ? (relativeTo(all, path) ?? path) : backTo(all, path);
  const stages = plan.stages.map((stage): PlanStage => {
    const { data } = stage;
    const moved =
      'bids' in data ? { bids: move(data.bids) } : 'dicom' in data ? { dicom: move(data.dicom) } : data;
    const inputs = Object.fromEntries(Object.entries(stage.inputs).map(([name, path]) => [name, move(path)]));
    return { ...stage, data: moved, inputs };
  });
  return { ...plan, out: '{out}', stages };
}

/** A plan to be given away: nothing of the person's words, and no reasons, which may quote them. */
export function withoutWords(plan: Plan): Plan {
  const pipelines = plan.stages.map(({ pipeline }) =>
    typeof pipeline === 'string' ? pipeline : pipeline.id,
  );
  const { planner, version } = plan.origin;
  const stages = plan.stages.map((stage) =>
    stage.exclude === undefined
      ? stage
      : {
          ...stage,
          exclude: stage.exclude.map(({ participant }) => ({ participant, reason: 'excluded by the plan' })),
        },
  );
  return {
    ...plan,
    title: pipelines.join(', '),
    request: '',
    origin: { planner, version, reasons: [], alternatives: [] },
    stages,
  };
}

function outOf({ out }: Plan): Place {
  return { name: 'out', kind: 'folder', about: 'the output folder', path: resolve(out) };
}

/** `{data}/derivatives/x`; undefined where the path is in no place. */
function relativeTo(places: readonly Place[], path: string): string | undefined {
  const absolute = resolve(path);
  const inside = places
    .filter((place) => absolute === place.path || absolute.startsWith(place.path + sep))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (inside === undefined) return undefined;
  return `{${inside.name}}${absolute.slice(inside.path.length).split(sep).join('/')}`;
}

function backTo(places: readonly Place[], path: string): string {
  const [, name, rest = ''] = /^\{([^}]+)\}(.*)$/s.exec(path) ?? [];
  const place = places.find((each) => each.name === name);
  return place === undefined ? path : place.path + rest;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
