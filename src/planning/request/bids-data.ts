import type { BidsDataset } from '../../bids/dataset.js';
import { compareNatural } from '../../bids/natural-order.js';
import { queryFiles } from '../../bids/query.js';
import type { DatasetSummary } from '../../bids/summary.js';
import { describeQuery } from '../compile/select-files.js';
import type { Pipeline } from '../pipeline.js';
import type { PlanStage } from '../plan.js';
import type { PlanningOptions } from '../planning-outcome.js';
import { isQueried, stageIds, type DataSelection, type PlanningData } from './planning-data.js';
import { listed, selectData } from './select-data.js';

/** A BIDS dataset as the planner sees it. */
export function bidsData(
  dataset: BidsDataset,
  summary: DatasetSummary,
  options: PlanningOptions,
): PlanningData {
  const known = {
    participants: dataset.participants.flatMap(({ label, hasFolder }) => (hasFolder ? [label] : [])),
    sessions: summary.sessions,
    tasks: summary.tasks,
    runs: [...new Set(dataset.files.flatMap((file) => file.entities['run'] ?? []))].sort(compareNatural),
    ...(options.conditions === undefined ? {} : { conditions: options.conditions }),
  };
  return {
    known,
    datatypes: Object.keys(summary.totals.datatypes),
    findings: [],
    needsConversion: false,
    isDone: (pipeline) => Object.values(pipeline.inputs).some((input) => 'dicom' in input),
    lacks: (pipeline, selection) => lacks(pipeline, dataset, known.participants, selection),
    select: (read, pipelines) => selectData(read, known, options, pipelines),
    stages: (pipelines, selection) => {
      const ids = stageIds(pipelines);
      return pipelines.map((pipeline, index): PlanStage => ({
        id: ids[index] ?? pipeline.id,
        pipeline: pipeline.id,
        version: pipeline.version,
        data: { bids: dataset.root },
        params: {},
        inputs: {},
        providers: {},
        ...selectionOf(pipeline, selection),
      }));
    },
  };
}

/** What of a selection a stage takes: a stage over the whole dataset takes none of it. */
export function selectionOf(
  pipeline: Pipeline,
  { participants, exclude, entities }: DataSelection,
): Pick<PlanStage, 'select'> & Partial<Pick<PlanStage, 'participants' | 'exclude'>> {
  if (!isQueried(pipeline)) return { select: {} };
  return {
    ...(exclude.length === 0 ? {} : { exclude: exclude.map((each) => ({ ...each })) }),
    ...(participants === undefined ? {} : { participants: [...participants] }),
    select: { ...entities },
  };
}

function lacks(
  pipeline: Pipeline,
  dataset: BidsDataset,
  everyone: readonly string[],
  selection: DataSelection | undefined,
): string | undefined {
  const left = new Set(selection?.exclude.map(({ participant }) => participant));
  const participants = (selection?.participants ?? everyone).filter((label) => !left.has(label));
  for (const input of Object.values(pipeline.inputs)) {
    if ('query' in input) {
      const group = missingGroup(pipeline, input, dataset, participants);
      if (group !== undefined) return group;
    }
    // Derivative datasets may be named with --input: the compiler looks for them, and says how to give them.
    if (!('query' in input) || input.optional || input.from === 'derivatives') continue;
    const what = describeQuery(input.query);
    const files = queryFiles(dataset, input.query, { participants });
    if (files.length === 0) {
      const whom =
        participants.length < everyone.length
          ? ` for ${listed(participants.map((label) => `sub-${label}`))}`
          : '';
      return `no ${what} file${whom}, which ${pipeline.id} needs`;
    }
  }
  return undefined;
}

/** Of inputs of which one group must be there: none is, as far as files of the dataset tell. */
function missingGroup(
  pipeline: Pipeline,
  input: Extract<Pipeline['inputs'][string], { readonly query: unknown }>,
  dataset: BidsDataset,
  participants: readonly string[],
): string | undefined {
  for (const { check, groups = [] } of input.requires) {
    if (check !== 'one-of') continue;
    const has = (name: string): boolean => {
      const other = pipeline.inputs[name];
      // What was adopted is for the compiler to see: whoever has it has the images, too, that it was made of.
      if (other === undefined || !('query' in other)) return false;
      return other.from === 'derivatives' || queryFiles(dataset, other.query, { participants }).length > 0;
    };
    if (!groups.some((group) => group.every(has)))
      return `no ${groups.map((group) => group.join(' with ')).join(', no ')}: ${pipeline.id} needs one of them`;
  }
  return undefined;
}
