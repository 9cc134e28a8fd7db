import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { scanDicomFolder } from '../../../src/imaging/dicom-series.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import type { CompiledStage } from '../../../src/planning/job.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { DatasetSource } from '../../../src/planning/dataset-source.js';
import { loadPipelines } from '../../../src/planning/load-pipelines.js';
import { planSchema, type Plan } from '../../../src/planning/plan.js';
import { pipelineSchema, type Pipeline } from '../../../src/planning/pipeline.js';
import { loadSkills, type SkillRegistry } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';

/** The skills and pipelines of the product, loaded once a file. */
export const world: Promise<{
  skills: SkillRegistry;
  pipelines: ReadonlyMap<string, Pipeline>;
}> = Promise.all([
  loadSkills([join(projectFolder, 'skills')]),
  loadPipelines([join(projectFolder, 'agents')]),
]).then(([skills, { pipelines }]) => ({ skills, pipelines }));

export const datasets: DatasetSource = {
  bids: (root) => indexDataset(root),
  dicom: (root) => scanDicomFolder(root),
};

/** A plan of one stage `work` into a folder that does not exist. */
export function planOf(stage: Record<string, unknown>, out = '/nowhere/out'): Plan {
  return planSchema.parse({
    schema: 'neuroclaw/plan@1',
    title: 'test',
    out,
    origin: { planner: 'test', version: '1' },
    stages: [{ id: 'work', ...stage }],
  });
}

export async function compile(
  stage: Record<string, unknown>,
  source: Partial<DatasetSource> = {},
): Promise<CompiledStage> {
  return compileStage(planOf(stage), 'work', { ...(await world), datasets: { ...datasets, ...source } });
}

/** `<severity> <message>` of findings. */
export function messages(stage: Pick<CompiledStage, 'findings'>): string[] {
  return stage.findings.map(({ severity, message }) => `${severity} ${message}`);
}

/** A pipeline from its YAML shape, with the parts that every pipeline has. */
export function pipelineOf(parts: Record<string, unknown>): Pipeline {
  return pipelineSchema.parse({
    schema: 'neuroclaw/pipeline@1',
    id: 'test/pipeline',
    version: '1.0.0',
    title: 'test',
    description: 'test',
    publishes: 'derivative',
    ...parts,
  });
}

export interface Bold {
  readonly volumes?: number;
  /** Seconds, of the header. */
  readonly headerTr?: number;
  /** Seconds, of the sidecar; null: no sidecar. */
  readonly tr?: number | string | null;
}

/** Writes a BIDS dataset: a description, and per path a small BOLD image (`.nii`) with its sidecar, or a text. */
export function writeDataset(root: string, files: Readonly<Record<string, Bold | string>>): string {
  put(root, 'dataset_description.json', JSON.stringify({ Name: 'test', BIDSVersion: '1.8.0' }));
  for (const [path, content] of Object.entries(files)) {
    if (typeof content === 'string') {
      put(root, path, content);
      continue;
    }
    const { volumes = 60, headerTr = 2, tr = headerTr } = content;
    const dims = volumes === 1 ? [2, 2, 2] : [2, 2, 2, volumes];
    const affine = [
      [2, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ] as const;
    const data = Float32Array.from({ length: 8 * volumes }, (_, index) => index % 7);
    put(root, path, niftiBytes({ dims, affine, datatype: 'float32', data, repetitionTimeS: headerTr }));
    if (tr !== null)
      put(root, path.replace(/\.nii(\.gz)?$/, '.json'), JSON.stringify({ RepetitionTime: tr }));
  }
  return root;
}

function put(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
