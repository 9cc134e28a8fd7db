import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cp } from 'node:fs/promises';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Task } from '../task/load-task.js';
import { generatorNamed } from './generators.js';

/** The data of one instance of a task, on disk. */
export interface Materials {
  readonly task: string;
  readonly seed: number | undefined;
  /** Read by the agent under test. */
  readonly inputs: string;
  /** Read by the verifier alone. */
  readonly reference: string;
}

/**
 * Lays out the data of a task below an empty folder: files of the shared data by their digest, then what the generator
 * makes. `seed` makes another instance of a task that has a generator. Throws task.data where a file is missing or is
 * another than the lock says.
 */
export async function materialize(
  task: Task,
  folder: string,
  options: { readonly shared: string | undefined; readonly seed?: number },
): Promise<Materials> {
  const place = {
    in: join(folder, 'in'),
    reference: join(folder, 'reference'),
    source: join(folder, 'source'),
  };
  await Promise.all(Object.values(place).map((path) => mkdir(path, { recursive: true })));
  for (const file of task.data.files) {
    const to = join(folder, file.dest);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(await lockedFile(task, file, options.shared), to);
  }
  const own = join(task.folder, 'verify', 'reference');
  if (existsSync(own)) await cp(own, place.reference, { recursive: true });
  const { generator } = task.data;
  const seed = generator === undefined ? undefined : (options.seed ?? generator.seed);
  if (generator !== undefined && seed !== undefined) {
    const found = generatorNamed(generator.id);
    await found.make(place, seed, found.params.parse(generator.params));
  }
  await describeDataset(place.in);
  return { task: task.id, seed, inputs: place.in, reference: place.reference };
}

/** Participants without `dataset_description.json` are no BIDS dataset: what agents that read BIDS would stumble over. */
async function describeDataset(folder: string): Promise<void> {
  const names = await readdir(folder);
  const file = join(folder, 'dataset_description.json');
  if (existsSync(file) || !names.some((name) => name.startsWith('sub-'))) return;
  const description = { Name: 'Inputs of a benchmark task', BIDSVersion: '1.10.0', DatasetType: 'raw' };
  await writeFile(file, `${JSON.stringify(description, undefined, 1)}\n`);
}

/** Says what is missing of the data of a task; undefined where all is there. Looks at names, not at content. */
export function missingData(task: Task, shared: string | undefined): string | undefined {
  const missing = task.data.files.filter(
    ({ source }) => shared === undefined || !existsSync(join(shared, source)),
  );
  const [first] = missing;
  if (first === undefined) return undefined;
  return `${missing.length} of its files are not here, such as ${first.source}`;
}

async function lockedFile(
  task: Task,
  { source, sha256 }: Task['data']['files'][number],
  shared: string | undefined,
): Promise<string> {
  const path = shared === undefined ? undefined : join(shared, source);
  if (path === undefined || !existsSync(path)) {
    throw new NeuroClawError('task.data', `${task.id}: ${source} is not here`, {
      place: { file: path ?? source },
      expected: 'the folder of shared data',
    });
  }
  const found = await fileDigest(path);
  if (found === sha256) return path;
  throw new NeuroClawError('task.data', `${task.id}: ${path} is not the file that the task locks`, {
    place: { file: path },
    expected: `sha256 ${sha256}, found ${found}`,
  });
}

/** Lower-case hex SHA-256 of a file, read in pieces. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
