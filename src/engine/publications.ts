import { join } from 'node:path';
import { bidsUri } from '../bids/derivative.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import type { CompiledStage, Job } from '../planning/job.js';
import { publishedPath } from '../planning/published-path.js';
import { textPublication, type Publication } from './publish.js';
import type { StoreEntry } from './store.js';

/** Keys of the source's sidecar that stay true of an image derived from it (BIDS derivatives, "Metadata conventions"). */
const INHERITED_KEYS = [
  'RepetitionTime',
  'EchoTime',
  'TaskName',
  'SliceTiming',
  'PhaseEncodingDirection',
  'TotalReadoutTime',
  'EffectiveEchoSpacing',
  'MagneticFieldStrength',
  'SkullStripped',
] as const;

/** What one committed job puts into the dataset of its stage: its named outputs, and a sidecar for each derived image. */
export function publicationsOf(
  job: Job,
  entry: StoreEntry,
  stage: CompiledStage,
  jobs: ReadonlyMap<string, Job>,
): Publication[] {
  const publications: Publication[] = [];
  const published = new Set(
    job.outputs.flatMap((output) => (output.publish === undefined ? [] : [output.publish])),
  );
  for (const output of job.outputs) {
    const stored = entry.outputs.find((candidate) => candidate.id === output.id);
    if (output.publish === undefined || stored === undefined || stored.absent) continue;
    for (const file of stored.files) {
      const path = publishedPath(output, file.path.slice(output.path.length));
      if (path === undefined) continue;
      publications.push({
        path: `${stage.dataset.folder}/${path}`,
        job: job.id,
        sha256: file.sha256,
        content: { file: join(entry.folder, 'out', file.path) },
      });
    }
    const sidecar = sidecarPath(output.publish);
    if (stage.dataset.kind === 'derivative' && sidecar !== undefined && !published.has(sidecar)) {
      const text = `${JSON.stringify(derivedSidecar(job, stage, jobs, output.publish), null, 2)}\n`;
      publications.push(textPublication(`${stage.dataset.folder}/${sidecar}`, job.id, text));
    }
  }
  return publications;
}

function sidecarPath(path: string): string | undefined {
  const match = /^(.*?)\.(nii|nii\.gz|tck|tsv)$/.exec(path);
  return match === null ? undefined : `${match[1]}.json`;
}

function derivedSidecar(
  job: Job,
  stage: CompiledStage,
  jobs: ReadonlyMap<string, Job>,
  path: string,
): JsonObject {
  const sidecar: Record<string, JsonValue> = {};
  const suffix = /_([A-Za-z0-9]+)\.[^/]*$/.exec(path)?.[1];
  for (const key of INHERITED_KEYS) {
    const value = job.context[key];
    // A temporal statistic has no volumes: the timing of its source would be false.
    const timed = key === 'RepetitionTime' || key === 'SliceTiming';
    if (value !== undefined && !(timed && suffix !== 'bold' && suffix !== 'dwi')) sidecar[key] = value;
  }
  sidecar['Sources'] = sourcesOf(job, stage, jobs);
  return sidecar;
}

/**
 * BIDS URIs of the files that a job was made from: of the source dataset, or published by an earlier step of the
 * same dataset; steps that publish nothing are looked through.
 */
export function sourcesOf(job: Job, stage: CompiledStage, jobs: ReadonlyMap<string, Job>): string[] {
  const sources = new Set<string>();
  const visit = (current: Job): void => {
    for (const file of current.inputs.flatMap((input) => input.files)) {
      const { source } = file;
      if (source.from === 'dataset') {
        sources.add(datasetUri(source.path, stage));
        continue;
      }
      if (source.from === 'sidecar') {
        for (const path of source.sources) sources.add(datasetUri(path, stage));
        continue;
      }
      const producer = jobs.get(source.job);
      const output = producer?.outputs.find((candidate) => candidate.id === source.output);
      if (output?.publish !== undefined) sources.add(bidsUri('', output.publish));
      else if (producer !== undefined) visit(producer);
    }
  };
  visit(job);
  return [...sources].sort();
}

function datasetUri(path: string, stage: CompiledStage): string {
  const { source } = stage.dataset;
  if (source === undefined || !path.startsWith(`${source.path}/`))
    return bidsUri('source', path.split('/').pop() ?? path);
  return bidsUri(source.name, path.slice(source.path.length + 1));
}
