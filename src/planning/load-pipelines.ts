import { readFile, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { pipelineSchema, type Pipeline } from './pipeline.js';
import { problemsOf } from './schema-problems.js';

export interface LoadedPipelines {
  /** By id, in the order of their ids. */
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  /** Broken files, each with file, field and reason, and replacements. */
  readonly findings: readonly Finding[];
}

/**
 * Loads every `<root>/<agent>/pipelines/<name>.yaml`. A broken file is a finding and hides no other. A pipeline of a
 * later root replaces one of an earlier root, with a warning.
 */
export async function loadPipelines(roots: readonly string[]): Promise<LoadedPipelines> {
  const findings: Finding[] = [];
  const pipelines = new Map<string, Pipeline>();
  for (const root of roots.map((folder) => resolve(folder))) {
    const files = await pipelineFiles(root, findings);
    const read = await Promise.all(files.map(readPipeline));
    for (const { file, pipeline, findings: problems } of read) {
      findings.push(...problems);
      if (pipeline === undefined) continue;
      const earlier = pipelines.get(pipeline.id);
      if (earlier !== undefined)
        findings.push({
          code: 'pipeline.invalid',
          severity: 'warning',
          message: `${pipeline.id} ${pipeline.version} replaces ${earlier.version} of another folder`,
          place: { file },
          suggestion: 'give it a name of its own if both are wanted',
        });
      pipelines.set(pipeline.id, pipeline);
    }
  }
  return { pipelines: new Map([...pipelines].sort(([a], [b]) => (a < b ? -1 : 1))), findings };
}

async function pipelineFiles(root: string, findings: Finding[]): Promise<string[]> {
  const agents = await entries(root, findings);
  const files: string[] = [];
  for (const agent of agents) {
    if (agent.startsWith('.')) continue;
    const folder = join(root, agent, 'pipelines');
    for (const name of await entries(folder))
      if (/\.ya?ml$/.test(name) && !name.startsWith('.')) files.push(join(folder, name));
  }
  return files;
}

/** Sorted names; without `findings` a folder that is not there is empty. */
async function entries(folder: string, findings?: Finding[]): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = nodeErrorCode(error);
    if (findings !== undefined) {
      const reason = code === 'ENOENT' ? 'does not exist' : 'cannot be listed';
      findings.push(errorFinding('pipeline.invalid', `the folder of agents ${reason}`, { file: folder }));
    }
    return [];
  }
}

interface ReadPipeline {
  readonly file: string;
  readonly pipeline?: Pipeline;
  readonly findings: readonly Finding[];
}

async function readPipeline(file: string): Promise<ReadPipeline> {
  const broken = (message: string, field?: string, expected?: string): ReadPipeline => ({
    file,
    findings: [
      errorFinding(
        'pipeline.invalid',
        message,
        { file, ...(field === undefined ? {} : { field }) },
        expected,
      ),
    ],
  });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return broken(`cannot be read: ${nodeErrorCode(error) ?? String(error)}`);
  }
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    return broken(`is not YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
  const parsed = pipelineSchema.safeParse(document);
  if (!parsed.success)
    return {
      file,
      findings: problemsOf(parsed.error, document).map(({ field, message, expected }) =>
        errorFinding('pipeline.invalid', message, { file, field }, expected),
      ),
    };
  const expected = `${basename(dirname(dirname(file)))}/${basename(file).replace(/\.ya?ml$/, '')}`;
  if (parsed.data.id !== expected)
    return broken(`the id ${parsed.data.id} is not where the file lies`, 'id', expected);
  return { file, pipeline: parsed.data, findings: [] };
}
