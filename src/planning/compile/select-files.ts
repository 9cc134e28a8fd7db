import { join, posix } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { entityKey, formatBidsName } from '../../bids/entities.js';
import { companionFor } from '../../bids/inheritance.js';
import { queryFiles } from '../../bids/query.js';
import { errorFinding } from '../../kernel/findings.js';
import { nearest } from '../../kernel/text.js';
import type { PipelineInput } from '../pipeline.js';
import type { PlanStage } from '../plan.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';
import { recordingParts } from './recording-files.js';

export type QueryInput = Extract<PipelineInput, { readonly query: unknown }>;

/** `func bold`, `anat T1w`, for messages. */
export function describeQuery(query: QueryInput['query']): string {
  const { datatype, suffix, extension: _extension, ...entities } = query;
  const words = [datatype, suffix].flatMap((word) =>
    word === undefined ? [] : [Array.isArray(word) ? word.join(' or ') : word],
  );
  const more = Object.entries(entities).map(([key, value]) => `${key}-${String(value)}`);
  return [...words, ...more].join(' ') || 'file';
}

/**
 * The labels that a stage is for: those it names, without `sub-`, else all. A label that the dataset lacks is an
 * error that names the nearest.
 */
export function selectedParticipants(
  stage: PlanStage,
  known: readonly string[],
  findings: FindingList,
): readonly string[] {
  const excluded = new Map((stage.exclude ?? []).map(({ participant, reason }) => [participant, reason]));
  const left = (labels: readonly string[]): readonly string[] =>
    labels.filter((label) => {
      const reason = excluded.get(label);
      if (reason === undefined) return true;
      findings.add({
        code: 'plan.excluded',
        severity: 'warning',
        message: `sub-${label} is excluded: ${reason}`,
        place: { field: `stages.${stage.id}.exclude` },
      });
      return false;
    });
  if (stage.participants === undefined) return left(known);
  const labels = stage.participants.map((label) => label.replace(/^sub-/, ''));
  for (const label of labels) {
    if (known.includes(label)) continue;
    const near = nearest(label, known);
    findings.add(
      errorFinding(
        'plan.cannot',
        `participant ${label} is not in the data${near === undefined ? '' : `; did you mean ${near}?`}`,
        { field: `stages.${stage.id}.participants` },
        known.length > 20 ? `one of ${known.length} participants` : `one of ${known.join(', ')}`,
      ),
    );
  }
  return left(labels.filter((label) => known.includes(label)));
}

/** Items of one input: a file each, in natural order. What is not found is said. */
export function selectFiles(
  dataset: BidsDataset,
  input: QueryInput,
  stage: PlanStage,
  participants: readonly string[],
  wantFacts: boolean,
  findings: FindingList,
): Item[] {
  const what = describeQuery(input.query);
  let files = queryFiles(dataset, input.query, { participants });
  const found = new Set(files.map((file) => file.entities['sub']));
  const without = participants.filter((label) => !found.has(label));
  if (without.length > 0 && !input.optional) reportMissing(stage, what, without, participants, findings);
  files = applySelection(files, stage, what, findings);

  const items: Item[] = [];
  const byKey = new Map<string, BidsFile>();
  for (const file of files) {
    const key = formatBidsName({ ...file, extension: '' });
    const twin = byKey.get(key);
    if (twin !== undefined) {
      findings.add(
        errorFinding(
          'input.invalid',
          `${twin.path} and ${file.path} are the same recording twice`,
          { file: file.path },
          'one of the two',
        ),
      );
      continue;
    }
    byKey.set(key, file);
    items.push({
      key,
      entities: file.entities,
      name: file,
      // A recording of several files is staged whole; the one that is asked for stands first.
      files: [file, ...recordingParts(dataset, file)].map(({ path }) => ({
        name: posix.basename(path),
        source: { from: 'dataset', path: join(dataset.root, path) },
      })),
      facts: wantFacts ? factsOf(dataset, file) : new Set(),
      additions: {},
      source: file,
    });
  }
  return items;
}

function reportMissing(
  stage: PlanStage,
  what: string,
  without: readonly string[],
  participants: readonly string[],
  findings: FindingList,
): void {
  const place = { field: `stages.${stage.id}` };
  if (without.length === participants.length) {
    const whom = participants.length === 1 ? `sub-${participants[0]}` : 'any participant';
    findings.add(errorFinding('plan.cannot', `no ${what} file for ${whom}`, place));
    return;
  }
  if (stage.participants !== undefined) {
    for (const label of without)
      findings.add(errorFinding('plan.cannot', `no ${what} file for sub-${label}`, place));
    return;
  }
  const shown = without.slice(0, 10).map((label) => `sub-${label}`);
  const more = without.length > shown.length ? ` and ${without.length - shown.length} more` : '';
  findings.add({
    code: 'plan.cannot',
    severity: 'warning',
    message: `no ${what} file for ${shown.join(', ')}${more}: left out`,
    place,
  });
}

/** `select` of the stage; an entity that no file of the input carries (the task of a T1w) does not apply to it. */
function applySelection(
  files: readonly BidsFile[],
  stage: PlanStage,
  what: string,
  findings: FindingList,
): BidsFile[] {
  let left = [...files];
  for (const [name, value] of Object.entries(stage.select)) {
    const key = entityKey(name);
    if (key === undefined) {
      findings.add(
        errorFinding(
          'plan.invalid',
          `${name} is no BIDS entity`,
          { field: `stages.${stage.id}.select.${name}` },
          'an entity such as task, session, run',
        ),
      );
      continue;
    }
    const labels = new Set(left.flatMap((file) => file.entities[key] ?? []));
    if (labels.size === 0) continue;
    const wanted = Array.isArray(value) ? value : [value];
    const next = left.filter((file) => wanted.includes(file.entities[key] ?? ''));
    if (next.length === 0)
      findings.add(
        errorFinding(
          'plan.cannot',
          `no ${what} file with ${name} ${wanted.join(' or ')}`,
          { field: `stages.${stage.id}.select.${name}` },
          `one of ${[...labels].join(', ')}`,
        ),
      );
    left = next;
  }
  return left;
}

function factsOf(dataset: BidsDataset, file: BidsFile): ReadonlySet<string> {
  const facts = new Set<string>();
  if (companionFor(dataset, file, 'bval') && companionFor(dataset, file, 'bvec')) facts.add('gradients');
  if (companionFor(dataset, file, 'events')) facts.add('events');
  return facts;
}
