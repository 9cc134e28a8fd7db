import { join, posix } from 'node:path';
import type { BidsDataset } from '../../bids/dataset.js';
import { companionFor } from '../../bids/inheritance.js';
import { errorFinding } from '../../kernel/findings.js';
import type { InputFile, Job } from '../job.js';
import type { InputBinding, Pipeline, PipelineStep } from '../pipeline.js';
import { parseReference } from '../references.js';
import type { FindingList } from './finding-list.js';
import { matchingItems, subjectOf, type Item } from './item.js';
import type { Located, Made } from './located.js';

/** What the steps so far left behind, and what they may read. */
export interface StepWorld {
  readonly pipeline: Pipeline;
  readonly dataset: BidsDataset | undefined;
  /** By pipeline input. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
  /** Files of the dataset as a folder, for inputs that are the whole dataset. */
  readonly whole: readonly InputFile[];
  /** By step, then by key of the item (empty: once for the stage). */
  readonly made: ReadonlyMap<string, ReadonlyMap<string, Made>>;
  readonly fans: ReadonlyMap<string, string | undefined>;
  readonly jobs: readonly Job[];
  readonly findings: FindingList;
}

/** Why a role has nothing: the step is left out, too, if it cannot do without. */
export interface Missing {
  readonly missing: string;
}

/** Finds what a role of a step is bound to, for one item. Undefined: a problem that was reported. */
export function locateRole(
  binding: InputBinding,
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Located | Missing | undefined {
  if (typeof binding === 'string') return locateReference(binding, role, step, item, optional, world);
  if ('companion' in binding) return locateCompanion(binding, role, step, item, optional, world);
  if ('either' in binding) return locateFirst(binding.either, role, step, item, world);
  if ('gather' in binding) return gather(binding.gather, world);
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
      return { shape: 'folder', files: world.whole, origin: undefined };
    const found = itemOf(reference.input, role, step, item, optional, world);
    if (found === undefined || 'missing' in found) return found;
    const shape = input !== undefined && 'dicom' in input ? 'folder' : 'file';
    return { shape, files: found.files, origin: found.source };
  }
  const fan = world.fans.get(reference.step);
  const made = world.made.get(reference.step) ?? new Map<string, Made>();
  let key = '';
  if (fan !== undefined) {
    const source = itemOf(fan, role, step, item, optional, world);
    if (source === undefined || 'missing' in source) return source;
    key = source.key;
  }
  const one = made.get(key);
  const output = one?.outputs.get(reference.output);
  if (output !== undefined) return output.located;
  return { missing: one?.leftOut ?? `step ${reference.step} makes no ${reference.output} here` };
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

/** The item of an input for the item of a step: itself, or the one of another input that goes with it. */
function itemOf(
  input: string,
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Item | Missing | undefined {
  const candidates = world.items.get(input) ?? [];
  const fan = world.fans.get(step.id);
  if (item === undefined) return { missing: `step ${step.id} runs once and ${input} has several items` };
  if (fan === input) return item;
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

function locateCompanion(
  binding: Extract<InputBinding, { readonly companion: unknown }>,
  role: string,
  step: PipelineStep,
  item: Item | undefined,
  optional: boolean,
  world: StepWorld,
): Located | Missing | undefined {
  const owner = locateReference(binding.of, role, step, item, optional, world);
  if (owner === undefined || 'missing' in owner) return owner;
  const { dataset } = world;
  const found =
    dataset === undefined || owner.origin === undefined
      ? undefined
      : companionFor(dataset, owner.origin, binding.companion);
  if (found !== undefined && dataset !== undefined) {
    const path = join(dataset.root, found.path);
    return {
      shape: 'file',
      files: [{ name: posix.basename(found.path), source: { from: 'dataset', path } }],
      origin: owner.origin,
    };
  }
  const missing = `no ${binding.companion} for ${owner.origin?.path ?? item?.key ?? binding.of}`;
  if (optional) return { missing };
  world.findings.add(
    errorFinding(
      'plan.cannot',
      `${missing}, which step ${step.id} needs`,
      owner.origin === undefined ? undefined : { file: owner.origin.path },
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
  const files = [...(world.made.get(reference.step)?.values() ?? [])].flatMap(
    (made) => made.outputs.get(reference.output)?.located.files ?? [],
  );
  return files.length === 0
    ? { missing: `step ${reference.step} made no ${reference.output}` }
    : { shape: 'list', files: distinctNames(files), origin: undefined };
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
