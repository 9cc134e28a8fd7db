import { posix } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { fieldmapLinks } from '../../bids/fieldmaps.js';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { Pipeline } from '../pipeline.js';
import { requireSingleDelay } from './asl-requirements.js';
import { checkEvents, sliceTimingProblem } from './check-images.js';
import type { FindingList } from './finding-list.js';
import type { ImageFacts } from './image-facts.js';
import { hasInput } from './holds.js';
import type { Item } from './item.js';
import { requireFrames } from './pet-requirements.js';

interface World {
  readonly dataset: BidsDataset;
  readonly images: ImageFacts;
  readonly parameters: JsonObject;
  readonly findings: FindingList;
}

/**
 * Holds the data against what a pipeline requires of its inputs (`requires`), before anything runs: what is missing is
 * an error that names the file, what was expected and the parameter that would do without. Events that a step reads
 * are held against the length of their run in any case.
 */
export async function checkRequirements(
  pipeline: Pipeline,
  items: ReadonlyMap<string, readonly Item[]>,
  world: World,
): Promise<void> {
  for (const [name, input] of Object.entries(pipeline.inputs)) {
    if (!('query' in input)) continue;
    const sources = (items.get(name) ?? []).flatMap(({ source }) => source ?? []);
    if (readsEvents(pipeline, name))
      for (const source of sources) await checkEvents(world.dataset, source, world.images, world.findings);
    for (const { check, when, absent, groups = [] } of input.requires) {
      if (when !== undefined && !isAsked(world.parameters[when])) continue;
      const without =
        when === undefined
          ? undefined
          : `--set ${when}=${typeof world.parameters[when] === 'number' ? 0 : 'false'} to do without`;
      if (check === 'slice-timing') await requireSliceTiming(sources, without, absent, world);
      else if (check === 'multi-shell') requireShells(items.get(name) ?? [], without, world);
      else if (check === 'single-delay-asl')
        await requireSingleDelay(items.get(name) ?? [], m0Scans(pipeline, items), world);
      else if (check === 'pet-frames') await requireFrames(sources, world);
      else if (check === 'several-sessions') requireSessions(name, items.get(name) ?? [], without, world);
      else if (check === 'one-of') requireOneOf(items.get(name) ?? [], groups, pipeline, items, world);
      else await requireReversed(sources, without, world);
    }
  }
}

/** Items of the input that asks for M0 scans. */
function m0Scans(pipeline: Pipeline, items: ReadonlyMap<string, readonly Item[]>): readonly Item[] {
  return Object.entries(pipeline.inputs).flatMap(([name, input]) =>
    'query' in input && input.query['suffix'] === 'm0scan' ? (items.get(name) ?? []) : [],
  );
}

function isAsked(value: unknown): boolean {
  return value === true || (typeof value === 'number' && value > 0);
}

/** Whether a step takes the events of an input. */
export function readsEvents(pipeline: Pick<Pipeline, 'steps'>, input: string): boolean {
  return pipeline.steps.some((step) =>
    Object.values(step.inputs).some(
      (binding) =>
        typeof binding !== 'string' &&
        'companion' in binding &&
        binding.companion === 'events' &&
        binding.of === input,
    ),
  );
}

async function requireSliceTiming(
  sources: readonly BidsFile[],
  without: string | undefined,
  absent: 'leave-out' | undefined,
  { images, findings }: World,
): Promise<void> {
  for (const source of sources) {
    const sidecar = await images.sidecar(source);
    if (absent === 'leave-out' && sidecar['SliceTiming'] === undefined) continue;
    const slices = images.header(source)?.dims[2];
    const problem = sliceTimingProblem(sidecar, slices);
    if (problem === undefined) continue;
    findings.add({
      ...errorFinding(
        'plan.cannot',
        `slice timing of ${source.path} cannot be corrected: ${problem.message}`,
        { file: source.path, field: 'SliceTiming' },
        problem.expected,
      ),
      ...(without === undefined ? {} : { suggestion: without }),
    });
  }
}

function requireShells(items: readonly Item[], without: string | undefined, { findings }: World): void {
  for (const { source, facts, key } of items) {
    if (facts.has('multi-shell')) continue;
    findings.add({
      ...errorFinding(
        'plan.cannot',
        `${source?.path ?? key} has one shell above b=0, and several were asked for`,
        { ...(source === undefined ? {} : { file: source.path }), field: 'bval' },
        'b-values on two or more shells above b=0',
      ),
      ...(without === undefined ? {} : { suggestion: without }),
    });
  }
}

/** One group of other inputs, whole, for each item. */
function requireOneOf(
  own: readonly Item[],
  groups: readonly (readonly string[])[],
  pipeline: Pipeline,
  items: ReadonlyMap<string, readonly Item[]>,
  { findings }: World,
): void {
  const none = { items, fixed: new Map<string, never>() };
  const about = (name: string): string => {
    const input = pipeline.inputs[name];
    const text = input !== undefined && 'description' in input ? input.description : '';
    return text === '' ? name : `${name} (${text})`;
  };
  for (const item of own) {
    if (groups.some((group) => group.every((name) => hasInput(name, item, none)))) continue;
    findings.add(
      errorFinding(
        'plan.cannot',
        `${item.key} has ${groups.map((group) => `no ${group.join(' with ')}`).join(', and ')}`,
        item.source === undefined ? undefined : { file: item.source.path },
        groups.map((group) => group.map(about).join(' with ')).join('; or '),
      ),
    );
  }
}

/** Somebody with two sessions or more: without, there is nothing that could change over time. */
function requireSessions(
  name: string,
  items: readonly Item[],
  without: string | undefined,
  { findings }: World,
): void {
  const sessions = new Map<string, Set<string>>();
  for (const { entities } of items) {
    const own = sessions.get(entities['sub'] ?? '') ?? new Set();
    sessions.set(entities['sub'] ?? '', own.add(entities['ses'] ?? ''));
  }
  if ([...sessions.values()].some((own) => own.size > 1)) return;
  findings.add({
    ...errorFinding(
      'plan.cannot',
      'nobody has two sessions, and change over time was asked for',
      { field: `inputs.${name}` },
      'two or more sessions (ses-) of a participant',
    ),
    ...(without === undefined ? {} : { suggestion: without }),
  });
}

/**
 * An image of the opposite phase encoding: a field map that says it is for this image, or another image of the same
 * participant, session, datatype and suffix.
 */
async function requireReversed(
  sources: readonly BidsFile[],
  without: string | undefined,
  { dataset, images, findings }: World,
): Promise<void> {
  const links = sources.length === 0 ? [] : await fieldmapLinks(dataset);
  for (const source of sources) {
    const own = (await images.sidecar(source))['PhaseEncodingDirection'];
    const say = (message: string, field: string, expected: string): void =>
      findings.add({
        ...errorFinding('plan.cannot', message, { file: source.path, field }, expected),
        ...(without === undefined ? {} : { suggestion: without }),
      });
    if (typeof own !== 'string') {
      say(
        `the distortion of ${source.path} cannot be corrected: PhaseEncodingDirection is missing in its sidecar`,
        'PhaseEncodingDirection',
        'i, i-, j, j-, k or k-',
      );
      continue;
    }
    const opposite = own.endsWith('-') ? own.slice(0, -1) : `${own}-`;
    const candidates = [
      ...links.filter(({ targets }) => targets.includes(source)).map(({ fieldmap }) => fieldmap),
      ...dataset.files.filter((file) => isSibling(file, source)),
    ];
    const directions = await Promise.all(
      candidates.map(async (file) => (await images.sidecar(file))['PhaseEncodingDirection']),
    );
    if (directions.includes(opposite)) continue;
    const unlinked = links.filter(
      ({ fieldmap, targets }) => targets.length === 0 && fieldmap.entities['sub'] === source.entities['sub'],
    );
    const [lost] = unlinked;
    say(
      lost === undefined
        ? `the distortion of ${source.path} cannot be corrected: no image of the opposite phase encoding`
        : `the distortion of ${source.path} cannot be corrected: nothing says that ${lost.fieldmap.path} is for it`,
      lost === undefined ? 'PhaseEncodingDirection' : 'IntendedFor',
      lost === undefined
        ? `an image with PhaseEncodingDirection ${opposite} beside it, or in fmap with IntendedFor ${posix.basename(source.path)}`
        : 'IntendedFor in its sidecar, or B0FieldIdentifier there and B0FieldSource here',
    );
  }
}

function isSibling(file: BidsFile, source: BidsFile): boolean {
  return (
    file !== source &&
    file.suffix === source.suffix &&
    file.datatype === source.datatype &&
    /^\.nii(\.gz)?$/.test(file.extension) &&
    file.entities['sub'] === source.entities['sub'] &&
    file.entities['ses'] === source.entities['ses'] &&
    file.entities['task'] === source.entities['task']
  );
}
