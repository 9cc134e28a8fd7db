import { constants } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Finding } from '../../kernel/findings.js';
import { publishedPath } from '../../planning/published-path.js';
import { isJsonObject, type JsonValue } from '../../kernel/json.js';
import type { RunArtifacts } from '../run-artifacts.js';
import type { CrateFile } from './crate-state.js';
import { formatOf, isText } from './formats.js';

export interface CopyContext {
  readonly out: string;
  /** The crate. */
  readonly folder: string;
  /** Whether a text may leave the machine as it is. */
  readonly isClean: (text: string) => boolean;
  readonly put: (path: string, text: string, about: string, format: string) => Promise<CrateFile>;
}

export interface CopiedResults {
  /** By `job output`. */
  readonly results: Map<string, CrateFile[]>;
  /** Descriptions of the datasets and sidecars. */
  readonly files: CrateFile[];
  readonly findings: Finding[];
}

/**
 * Copies the published results of derivative datasets into `results/`, from the store, so that they are what was
 * committed. A text that holds a path of this machine or a secret is left out, and said. Converted raw data stay.
 */
export async function copyResults(artifacts: RunArtifacts, context: CopyContext): Promise<CopiedResults> {
  const copied: CopiedResults = { results: new Map(), files: [], findings: [] };
  for (const stage of artifacts.stages) {
    if (stage.pipeline.publishes === 'raw') continue;
    await copyDescription(stage.dataset, context, copied);
    for (const job of stage.jobs) {
      const entry = artifacts.entryOf(job.id);
      for (const output of job.outputs ?? []) {
        const stored = entry?.outputs.find(({ id }) => id === output.id);
        if (output.publish === undefined || entry === undefined || stored === undefined || stored.absent)
          continue;
        const files: CrateFile[] = [];
        for (const file of stored.files) {
          const path = publishedPath(output, file.path.slice(output.path.length));
          if (path === undefined) continue;
          const target = `results/${stage.dataset}/${path}`;
          const from = join(entry.folder, 'out', file.path);
          if (isText(target) && !context.isClean(await readFile(from, 'utf8'))) {
            copied.findings.push(leftOut(target));
            continue;
          }
          await mkdir(dirname(join(context.folder, target)), { recursive: true });
          await copyFile(from, join(context.folder, target), constants.COPYFILE_FICLONE);
          const { sha256, size } = file;
          const about = `${output.id} of ${job.id}`;
          files.push({ path: target, sha256, size, about, encodingFormat: formatOf(target) });
        }
        copied.results.set(`${job.id} ${output.id}`, files);
        await copySidecar(stage.dataset, output.publish, job.outputs ?? [], context, copied);
      }
    }
  }
  return copied;
}

/** Links to where the data lie on this machine are left out of the copy. */
async function copyDescription(dataset: string, context: CopyContext, copied: CopiedResults): Promise<void> {
  const path = `${dataset}/dataset_description.json`;
  const text = await readFile(join(context.out, path), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const description = JSON.parse(text) as JsonValue;
  if (!isJsonObject(description)) return;
  const { DatasetLinks: _links, SourceDatasets: _sources, ...rest } = description;
  const about = `Description of the dataset ${dataset}`;
  copied.files.push(
    await context.put(`results/${path}`, `${JSON.stringify(rest, null, 2)}\n`, about, 'application/json'),
  );
}

async function copySidecar(
  dataset: string,
  publish: string,
  outputs: readonly { readonly publish?: string }[],
  context: CopyContext,
  copied: CopiedResults,
): Promise<void> {
  const name = /^(.*?)\.(?:nii|nii\.gz|tck|tsv)$/.exec(publish)?.[1];
  if (name === undefined || outputs.some((output) => output.publish === `${name}.json`)) return;
  const path = `${dataset}/${name}.json`;
  const text = await readFile(join(context.out, path), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  copied.files.push(await context.put(`results/${path}`, text, `Sidecar of ${publish}`, 'application/json'));
}

function leftOut(path: string): Finding {
  return {
    code: 'input.invalid',
    severity: 'warning',
    message: `${path} is left out of the crate: it holds a path of this machine, or a secret`,
    place: { file: path },
    suggestion: 'look at it and copy it yourself if it may be given away',
  };
}
