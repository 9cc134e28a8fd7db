import { join, posix } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { formatBidsName } from '../../bids/entities.js';
import { companionFor } from '../../bids/inheritance.js';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { Skill } from '../../skills/skill.js';
import type { InputFile, Job } from '../job.js';
import type { InputBinding, Pipeline, PipelineStep } from '../pipeline.js';
import { baseOfFan, parseReference } from '../references.js';
import type { FindingList } from './finding-list.js';
import type { ImageFacts } from './image-facts.js';
import { holds } from './holds.js';
import { matchingItems, subjectOf, type Item } from './item.js';
import type { Located, Made } from './located.js';
import { ofParticipant } from './whole-dataset.js';

/** What the steps so far left behind, and what they may read. */
export interface StepWorld {
  readonly pipeline: Pipeline;
  readonly dataset: BidsDataset | undefined;
  readonly skills: ReadonlyMap<string, Skill>;
  /** Sidecars and headers of the dataset. */
  readonly images: ImageFacts | undefined;
  /** By pipeline input. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
  /** Inputs that are one file for the whole stage: named by the person, or at a fixed place of the dataset. */
  readonly fixed: ReadonlyMap<string, Located | Missing>;
  /** Files of the dataset as a folder, for inputs that are the whole dataset. */
  readonly whole: readonly InputFile[];
  /** By step, then by key of the item (empty: once for the stage). */
  readonly made: ReadonlyMap<string, ReadonlyMap<string, Made>>;
  readonly fans: ReadonlyMap<string, string | undefined>;
  readonly jobs: readonly Job[];
  readonly findings: FindingList;
  readonly parameters: JsonObject;
}

/** Why a role has nothing: the step is left out, too, if it cannot do without. */
export interface Missing {
  readonly missing: string;
}

/** Finds what a role of a step is bound to, for one item. Undefined: a problem that was reported. */
export async function locateRole(
  binding: InputBinding,
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Promise<Located | Missing | undefined> {
  if (typeof binding === 'string') return locateReference(binding, role, step, item, optional, world);
  if ('companion' in binding) {
    const owner = locateReference(binding.of, role, step, item, optional, world);
    if (owner === undefined || 'missing' in owner) return owner;
    return binding.companion === 'json'
      ? locateSidecars(binding, owner, role, step, item, optional, world)
      : locateCompanion(binding, owner, step, item, optional, world);
  }
  if ('either' in binding) return locateFirst(binding.either, role, step, item, world);
  if ('take' in binding) return locateWhere(binding, role, step, item, world);
  if ('gather' in binding) {
    const found = gather(binding.gather, world);
    return binding.as === undefined || 'missing' in found ? found : sideBySide([found], world);
  }
  if ('folder_of' in binding) {
    const each = binding.folder_of.map((text) => locateReference(text, role, step, item, optional, world));
    if (each.some((one) => one === undefined)) return undefined;
    const hole = each.find((one): one is Missing => one !== undefined && 'missing' in one);
    return (
      hole ??
      sideBySide(
        each.flatMap((one) => (one === undefined || 'missing' in one ? [] : [one])),
        world,
      )
    );
  }
  // The compiler has put a step or the labels themselves in its place (withGridSteps).
  if ('labels' in binding) return locateReference(binding.labels, role, step, item, optional, world);
  return published(binding.published, world);
}

function locateReference(
  text: string,
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Located | Missing | undefined {
  const reference = parseReference(text);
  if ('input' in reference) {
    const input = world.pipeline.inputs[reference.input];
    if (input !== undefined && 'dataset' in input)
      return { shape: 'folder', files: filesFor(input.dataset, item, world.whole), origin: undefined };
    const fixed = world.fixed.get(reference.input);
    if (fixed !== undefined) return fixed;
    const found = itemsOf(reference.input, role, step, item, optional, world);
    if (found === undefined || 'missing' in found) return found;
    const folders = input !== undefined && ('dicom' in input || 'subject_folders' in input);
    const shape = folders ? 'folder' : 'file';
    const each = found.items.map(({ files, source }): Located => ({ shape, files, origin: source }));
    return found.many ? listOf(each) : each[0];
  }
  const fan = world.fans.get(reference.step);
  const made = world.made.get(reference.step) ?? new Map<string, Made>();
  const outputOf = (key: string): Located | Missing => {
    const one = made.get(key);
    return (
      one?.outputs.get(reference.output)?.located ?? {
        missing: one?.leftOut ?? `step ${reference.step} makes no ${reference.output} here`,
      }
    );
  };
  if (fan === undefined) return outputOf('');
  const sources = itemsOf(fan, role, step, item, optional, world);
  if (sources === undefined || 'missing' in sources) return sources;
  if (!sources.many) return outputOf(sources.items[0]?.key ?? '');
  const each: Located[] = [];
  let hole: Missing | undefined;
  for (const source of sources.items) {
    const one = outputOf(source.key);
    if ('missing' in one) hole ??= { missing: `${source.key}: ${one.missing}` };
    else each.push(namedAfter(source, one));
  }
  // A list with a hole would pair the files of one role with the wrong ones of another.
  if (hole === undefined) return listOf(each);
  if (optional && each.length > 0)
    world.findings.add(
      errorFinding(
        'plan.cannot',
        `step ${step.id} has ${text} for some of ${item?.key ?? 'them'} only: ${hole.missing}`,
      ),
    );
  return hole;
}

function filesFor(
  dataset: 'whole' | 'participant',
  item: Item | undefined,
  whole: readonly InputFile[],
): readonly InputFile[] {
  const label = item?.entities['sub'];
  return dataset === 'whole' || label === undefined ? whole : ofParticipant(whole, label);
}

/** Files of several, in their order. */
function listOf(each: readonly Located[]): Located {
  const origins = each.flatMap(({ origin }) => origin ?? []);
  return {
    shape: 'list',
    files: distinctNames(each.flatMap(({ files }) => files)),
    origin: origins[0],
    ...(origins.length === each.length ? { origins } : {}),
  };
}

/** Outputs of different items have one name in the store: in a list each is told apart by its item. */
function namedAfter(item: Item, located: Located): Located {
  const files = located.files.map((file) =>
    file.name.startsWith(item.key) ? file : { ...file, name: `${item.key}_${file.name}` },
  );
  return { ...located, files };
}

/** Files and folders in one folder, each under the name that its maker gave it. */
function sideBySide(each: readonly Located[], { jobs }: StepWorld): Located {
  const files = each.flatMap((one) => one.files);
  const ownName = ({ name, source }: InputFile): string => {
    if (source.from !== 'job') return name;
    const made = jobs.find(({ id }) => id === source.job)?.outputs.find(({ id }) => id === source.output);
    return made === undefined ? name : posix.basename(made.path);
  };
  return {
    shape: 'folder',
    files: files.map((file) => ({ ...file, name: ownName(file) })),
    origin: undefined,
  };
}

/** What is there, where the parameter is on. That it is wanted and not there changes the result: it is told. */
function locateWhere(
  { take, when }: { readonly take: string; readonly when: string },
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  world: StepWorld,
): Located | Missing | undefined {
  if (!holds(when, item, world)) return { missing: `${take} is not wanted` };
  const found = locateReference(take, role, step, item, true, world);
  if (found !== undefined && 'missing' in found)
    world.findings.add({
      code: 'plan.cannot',
      severity: 'warning',
      message: `step ${step.id}: ${found.missing}, which ${when} asks for: done without it for ${item?.key ?? 'the dataset'}, unlike where there is one`,
      place: { field: `inputs.${take}` },
    });
  return found;
}

/** The first alternative that is there; the reason why the last one is not, where none is. */
function locateFirst(
  texts: readonly string[],
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  world: StepWorld,
): Located | Missing | undefined {
  let last: Missing = { missing: `no alternative for ${role}` };
  for (const text of texts) {
    const found = locateReference(text, role, step, item, true, world);
    if (found === undefined || !('missing' in found)) return found;
    last = found;
  }
  return last;
}

interface Found {
  readonly items: readonly Item[];
  /** A role is given a list of them, even of one. */
  readonly many: boolean;
}

/**
 * The items of a fan for the item of a step: itself; those that it gathers; the group that it belongs to; or the one of
 * another input that goes with it.
 */
function itemsOf(
  fan: string,
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Found | Missing | undefined {
  if (item === undefined)
    return { missing: `step ${step.id} runs once and ${baseOfFan(fan)} has several items` };
  const own = world.fans.get(step.id);
  const candidates = world.items.get(fan) ?? [];
  if (own !== undefined && own !== fan && baseOfFan(own) === baseOfFan(fan)) {
    const mine = keysOf(item);
    const inside = candidates.filter((candidate) => [...keysOf(candidate)].every((key) => mine.has(key)));
    if (inside.length > 0 && item.members !== undefined) return { items: inside, many: true };
    const around = candidates.filter((candidate) => [...mine].every((key) => keysOf(candidate).has(key)));
    if (around.length === 1) return { items: around, many: false };
  }
  const found = own === fan ? item : partnerOf(fan, candidates, role, step, item, optional, world);
  return found === undefined || 'missing' in found ? found : { items: [found], many: false };
}

function keysOf(item: Item): ReadonlySet<string> {
  return new Set((item.members ?? [item]).map(({ key }) => key));
}

/** The item of another input that goes with this one; several that fit equally well are a question. */
function partnerOf(
  fan: string,
  candidates: readonly Item[],
  role: string,
  step: PipelineStep,
  item: Item,
  optional: boolean,
  world: StepWorld,
): Item | Missing | undefined {
  const input = baseOfFan(fan);
  const matches = matchingItems(item, candidates);
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  const contract = world.pipeline.inputs[input];
  if (match === undefined) {
    const missing = `no ${input} for ${subjectOf(item.entities)}`;
    if (optional || (contract !== undefined && 'optional' in contract && contract.optional))
      return { missing };
    world.findings.add(
      errorFinding('plan.cannot', `${missing}, which step ${step.id} needs for ${item.key}`, {
        field: `inputs.${input}`,
      }),
    );
    return undefined;
  }
  world.findings.add(
    errorFinding(
      'plan.question',
      `step ${step.id} takes one ${input} as ${role} for ${item.key}, and ${matches.length} fit: ${matches.map((each) => each.key).join(', ')}`,
      { field: `inputs.${input}` },
      'one: choose by `select`, such as run or acquisition',
    ),
  );
  return undefined;
}

type CompanionBinding = Extract<InputBinding, { readonly companion: unknown }>;

function locateCompanion(
  binding: CompanionBinding,
  owner: Located,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Located | Missing | undefined {
  const { dataset } = world;
  const beside = imagesOf(owner).map((image) => {
    const found = dataset && companionFor(dataset, image, binding.companion);
    if (dataset === undefined || found === undefined) return { image };
    const path = join(dataset.root, found.path);
    return { image, file: { name: posix.basename(found.path), source: { from: 'dataset', path } as const } };
  });
  return companionsOf(beside, binding, owner, step, item, optional, world);
}

/** The sidecar of each image, merged by inheritance, with the keys that the skill reads and no others. */
async function locateSidecars(
  binding: CompanionBinding,
  owner: Located,
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Promise<Located | Missing | undefined> {
  const { dataset, images } = world;
  const reads = world.skills.get(step.skill ?? '')?.contract.inputs[role]?.reads;
  const beside: Beside[] = [];
  for (const image of imagesOf(owner)) {
    const merged = await images?.merged(image);
    if (dataset === undefined || merged === undefined || merged.sources.length === 0) beside.push({ image });
    else
      beside.push({
        image,
        file: {
          name: formatBidsName({ ...image, extension: '.json' }),
          source: {
            from: 'sidecar',
            values: pick(merged.values, reads),
            sources: merged.sources.map((path) => join(dataset.root, path)),
          },
        },
      });
  }
  return companionsOf(beside, binding, owner, step, item, optional, world);
}

function pick(values: JsonObject, keys: readonly string[] | undefined): JsonObject {
  const wanted = Object.entries(values).filter(([key]) => keys?.includes(key) ?? true);
  // The order in which files happen to list their keys must not change the content.
  return Object.fromEntries(wanted.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function imagesOf(owner: Located): readonly BidsFile[] {
  if (owner.shape === 'list') return owner.origins ?? [];
  return owner.origin === undefined ? [] : [owner.origin];
}

interface Beside {
  readonly image: BidsFile;
  readonly file?: InputFile;
}

/** What was found beside each image; where something was not, the reason. */
function companionsOf(
  beside: readonly Beside[],
  binding: CompanionBinding,
  owner: Located,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Located | Missing | undefined {
  const images = beside.map(({ image }) => image);
  const missing = beside.flatMap(({ image, file }) => (file === undefined ? [image.path] : []));
  const files = beside.flatMap(({ image, file }): Located[] =>
    file === undefined ? [] : [{ shape: 'file', files: [file], origin: image }],
  );
  if (images.length > 0 && missing.length === 0)
    return owner.shape === 'list' ? { ...listOf(files), origins: images } : files[0];
  const message = `no ${binding.companion} for ${missing.join(', ') || item?.key || binding.of}`;
  // All or none: an optional role that only some files of a list have would be dropped for all in silence.
  if ((optional || binding.if_any === true) && missing.length === images.length) return { missing: message };
  world.findings.add(
    errorFinding(
      'plan.cannot',
      `${message}, which step ${step.id} needs`,
      missing[0] === undefined ? undefined : { file: missing[0] },
      'a file beside it, or higher up by the inheritance principle',
    ),
  );
  return undefined;
}

/** Every output of a step over all its items. */
function gather(text: string, world: StepWorld): Located | Missing {
  const reference = parseReference(text);
  if ('input' in reference) {
    const files = (world.items.get(reference.input) ?? []).flatMap((item) => item.files);
    return files.length === 0
      ? { missing: `there is no ${reference.input}` }
      : { shape: 'list', files: distinctNames(files), origin: undefined };
  }
  const items = new Map(
    (world.items.get(world.fans.get(reference.step) ?? '') ?? []).map((item) => [item.key, item]),
  );
  const each = [...(world.made.get(reference.step) ?? [])].flatMap(([key, made]) => {
    const located = made.outputs.get(reference.output)?.located;
    const item = items.get(key);
    return located === undefined ? [] : [item === undefined ? located : namedAfter(item, located)];
  });
  return each.length === 0 ? { missing: `step ${reference.step} made no ${reference.output}` } : listOf(each);
}

/** The dataset as the named steps publish it. */
function published(steps: readonly string[], world: StepWorld): Located | Missing {
  // A step that was left out publishes through the job that stands in for it.
  const producers = new Set<string>();
  for (const step of steps)
    for (const made of world.made.get(step)?.values() ?? [])
      for (const { producer } of made.outputs.values())
        if (producer !== undefined) producers.add(`${producer.job}\n${producer.output}`);
  const files = world.jobs.flatMap((job) =>
    job.outputs.flatMap((output): InputFile[] =>
      output.publish === undefined || !producers.has(`${job.id}\n${output.id}`)
        ? []
        : [
            {
              name: output.publish,
              source: { from: 'job', job: job.id, output: output.id },
              ...(output.optional ? { optional: true } : {}),
            },
          ],
    ),
  );
  return files.length === 0
    ? { missing: `${steps.join(', ')} publish nothing` }
    : { shape: 'folder', files, origin: undefined };
}

/** The names with an index before those that stand twice. */
function distinctNames(files: readonly InputFile[]): InputFile[] {
  const counts = new Map<string, number>();
  for (const { name } of files) counts.set(name, (counts.get(name) ?? 0) + 1);
  const width = String(files.length).length;
  return files.map((file, index) =>
    (counts.get(file.name) ?? 0) > 1
      ? { ...file, name: `${String(index + 1).padStart(width, '0')}-${file.name}` }
      : file,
  );
}
