import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readHistory, type JobHistory } from '../../engine/history.js';
import { outputLayout, runLayout } from '../../engine/layout.js';
import { movePlaces, placesOf, withoutWords, type Place } from '../../engine/reproduction/places.js';
import { readUsedLock, reproductionOf } from '../../engine/reproduction/record.js';
import { reproductionScript } from '../../engine/reproduction/script.js';
import { findRun, listRuns, planOfRun } from '../../engine/runs.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Finding } from '../../kernel/findings.js';
import { sha256, type JsonObject } from '../../kernel/json.js';
import { mapStrings, redactSecrets } from '../../trace/redact.js';
import { bibtex } from '../bibliography.js';
import { methodsOf } from '../methods.js';
import { methodsMarkdown } from '../methods-markdown.js';
import { pathHider } from '../plain-paths.js';
import { readRunArtifacts, type RunArtifacts } from '../run-artifacts.js';
import { copyResults } from './copy-results.js';
import type { CrateFile } from './crate-state.js';
import { describeRun } from './describe-run.js';

const PLAN = 'workflow/plan.json';
const SCRIPT = 'reproduce.sh';

export interface CrateRequest {
  readonly out: string;
  readonly run?: string | undefined;
  /** Folder that the crate is written to: new, or empty. */
  readonly to: string;
  /** Copy what was published into the crate; else results are named by their content alone. */
  readonly results: boolean;
  /** URL or words; that of the data, where they say one, by default. */
  readonly license?: string | undefined;
  /** Values that must stand in no file of it. */
  readonly secrets: readonly string[];
}

export interface WrittenCrate {
  readonly folder: string;
  readonly files: number;
  /** Results that were left out, with the reason. */
  readonly findings: readonly Finding[];
}

/**
 * Writes a run as a Workflow Run RO-Crate: metadata, plan, pipelines, environments, methods with citations,
 * reproduce.sh, and results. Raw data are never in it. Throws input.invalid for a folder that is not empty.
 */
export async function writeCrate(request: CrateRequest): Promise<WrittenCrate> {
  const artifacts = await readRunArtifacts(request.out, request.run);
  const { run } = artifacts;
  const folder = resolve(request.to);
  await makeEmpty(folder);
  const { paths } = findRun(request.out, run);
  const plan = planOfRun(request.out, paths);
  const outside = placesOf(plan);
  const hide = pathHider(plan, resolve(request.out));
  const clean = (text: string): string => redactSecrets(hide(text), request.secrets);
  const put = async (path: string, text: string, about: string, format: string): Promise<CrateFile> => {
    // The plan and the script name places in braces, and no path.
    const bytes = Buffer.from(
      path === PLAN || path === SCRIPT ? redactSecrets(text, request.secrets) : clean(text),
    );
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
    return { path, sha256: sha256(bytes), size: bytes.length, about, encodingFormat: format };
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const workflow = await put(
    PLAN,
    json(withoutWords(movePlaces(plan, outside))),
    'The plan',
    'application/json',
  );
  const files: CrateFile[] = [];
  const title = artifacts.stages.map(({ pipeline }) => pipeline.title).join('; ');
  for (const { stage, pipeline } of artifacts.stages)
    files.push(
      await put(
        `workflow/${stage}.json`,
        json(pipeline),
        `The pipeline of stage ${stage}`,
        'application/json',
      ),
    );
  const identities = [...artifacts.environments.values()];
  files.push(
    await put(
      'environments.json',
      json({ schema: 'neuroclaw/run-lock@1', environments: identities, lock: readUsedLock(paths.lock) }),
      'Environments with their digests and versions',
      'application/json',
    ),
  );
  if (artifacts.history.outcome === 'finished')
    files.push(
      await put(
        SCRIPT,
        reproductionScript(await reproductionOf(request.out, run)),
        'Runs it again elsewhere',
        'text/x-shellscript',
      ),
    );
  const methods = methodsOf(artifacts);
  files.push(
    await put('methods.md', methodsMarkdown(methods), 'What was done, in words', 'text/markdown'),
    await put('references.bib', bibtex(methods.references), 'References', 'text/x-bibtex'),
  );
  files.push(await put('README.md', readme(title, artifacts), 'What this crate holds', 'text/markdown'));
  const copied = request.results
    ? await copyResults(artifacts, {
        out: resolve(request.out),
        folder,
        isClean: (text) => clean(text) === text,
        put,
      })
    : { results: new Map<string, CrateFile[]>(), files: [], findings: [] };
  files.push(...copied.files);
  const metadata = describeRun(artifacts, {
    title,
    workflow,
    files,
    results: copied.results,
    license: request.license ?? (await licenseOf(outside)) ?? 'not stated: ask whoever made the data',
    references: methods.references,
    earlier: await earlierJobs(request.out, artifacts),
  });
  await writeFile(join(folder, 'ro-crate-metadata.json'), json(mapStrings(metadata, clean)));
  const results = [...copied.results.values()].flat().length;
  return { folder, files: files.length + results + 2, findings: copied.findings };
}

function readme(title: string, { run, version, stages }: RunArtifacts): string {
  const pipelines = stages.map(({ pipeline }) => `- ${pipeline.id} ${pipeline.version}: ${pipeline.title}`);
  return [
    `# ${title}`,
    '',
    `Run ${run} of NeuroClaw ${version}, as a Workflow Run RO-Crate 0.5 (Provenance Run Crate).`,
    '',
    ...pipelines,
    '',
    'What was done, in words: `methods.md`, with `references.bib`. Every action, input and output: `ro-crate-metadata.json`.',
    'The plan: `workflow/`. Run it again: `sh reproduce.sh DATA`.',
    '',
  ].join('\n');
}

async function makeEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new NeuroClawError('input.invalid', `${folder} is not empty`, {
      place: { file: folder },
      expected: 'a new or empty folder for the crate',
    });
}

/** What the first dataset says of its licence (BIDS: dataset_description.json, `License`). */
async function licenseOf(places: readonly Place[]): Promise<string | undefined> {
  for (const { path } of places) {
    try {
      const text = await readFile(join(path, 'dataset_description.json'), 'utf8');
      const { License: license } = JSON.parse(text) as JsonObject;
      if (typeof license === 'string' && license !== '') return license;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** When the results that this run took over were made: read from the traces of the runs before it. */
async function earlierJobs(out: string, artifacts: RunArtifacts): Promise<Map<string, JobHistory>> {
  const wanted = new Set(
    [...artifacts.history.jobs.values()].flatMap(({ end, key }) =>
      end === 'reused' && key !== undefined ? [key] : [],
    ),
  );
  const found = new Map<string, JobHistory>();
  for (const run of listRuns(out).reverse()) {
    if (found.size === wanted.size) break;
    const { trace } = runLayout(outputLayout(resolve(out)), run);
    if (!existsSync(trace)) continue;
    for (const job of (await readHistory(trace)).jobs.values())
      if (job.end === 'committed' && job.key !== undefined && wanted.has(job.key)) found.set(job.key, job);
  }
  return found;
}
