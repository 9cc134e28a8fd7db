import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BidsDataset } from '../../bids/dataset.js';
import type { DicomScan } from '../../imaging/dicom-series.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import type { DatasetSource } from '../dataset-source.js';
import type { StageDataset } from '../job.js';
import type { Pipeline } from '../pipeline.js';
import type { Plan, PlanStage } from '../plan.js';

/** What a stage works on, opened. */
export type StageInput = { readonly bids: BidsDataset } | { readonly dicom: DicomScan };

export interface StageContext {
  readonly stage: PlanStage;
  readonly pipeline: Pipeline;
  readonly input: StageInput;
  readonly dataset: StageDataset;
}

/** Where a pipeline publishes, relative to the output folder. */
export function datasetFolder({
  id,
  publishes,
  folder,
}: Pick<Pipeline, 'id' | 'publishes' | 'folder'>): string {
  return publishes === 'raw' ? 'bids' : `derivatives/${folder ?? id.replace('/', '-')}`;
}

/** The pipeline that a stage names or holds. Throws pipeline.unknown. */
export function pipelineOf(stage: PlanStage, pipelines: ReadonlyMap<string, Pipeline>): Pipeline {
  if (typeof stage.pipeline !== 'string') return stage.pipeline;
  const found = pipelines.get(stage.pipeline);
  if (found !== undefined) return found;
  const near = nearest(stage.pipeline, pipelines.keys());
  throw new NeuroClawError(
    'pipeline.unknown',
    `there is no pipeline ${stage.pipeline}${near === undefined ? '' : `; did you mean ${near}?`}`,
    {
      place: { field: `stages.${stage.id}.pipeline` },
      expected: `one of ${[...pipelines.keys()].join(', ')}`,
    },
  );
}

/** A stage of a plan by its id. Throws plan.invalid. */
export function stageOf(plan: Plan, id: string): PlanStage {
  const stage = plan.stages.find((candidate) => candidate.id === id);
  if (stage !== undefined) return stage;
  throw new NeuroClawError('plan.invalid', `the plan has no stage ${id}`, {
    place: { field: 'stages' },
    expected: `one of ${plan.stages.map((candidate) => candidate.id).join(', ')}`,
  });
}

/** Opens the data of a stage. Throws input errors for the folder itself, and plan.cannot for one not made yet. */
export async function openStage(
  plan: Plan,
  stage: PlanStage,
  pipelines: ReadonlyMap<string, Pipeline>,
  datasets: DatasetSource,
): Promise<StageContext> {
  const pipeline = pipelineOf(stage, pipelines);
  const folder = datasetFolder(pipeline);
  const { data } = stage;
  if ('dicom' in data)
    return {
      stage,
      pipeline,
      input: { dicom: await datasets.dicom(data.dicom) },
      dataset: { kind: pipeline.publishes, folder },
    };
  const root = 'bids' in data ? data.bids : await rootOfStage(plan, data.stage, pipelines);
  const bids = await datasets.bids(root);
  const name = bids.type === 'raw' ? 'raw' : 'source';
  return {
    stage,
    pipeline,
    input: { bids },
    dataset: { kind: pipeline.publishes, folder, source: { name, path: bids.root } },
  };
}

async function rootOfStage(
  plan: Plan,
  id: string,
  pipelines: ReadonlyMap<string, Pipeline>,
): Promise<string> {
  const root = join(plan.out, datasetFolder(pipelineOf(stageOf(plan, id), pipelines)));
  try {
    await stat(root);
  } catch (error) {
    throw new NeuroClawError('plan.cannot', `stage ${id} has not published its dataset yet`, {
      place: { file: root },
      expected: `stage ${id} done before this one compiles`,
      cause: error,
    });
  }
  return root;
}

/** Labels of the participants that a dataset in the output folder holds already. */
export async function publishedParticipants(plan: Plan, folder: string): Promise<string[]> {
  try {
    const names = await readdir(join(plan.out, folder));
    return names.flatMap((name) => /^sub-(.+)$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}
