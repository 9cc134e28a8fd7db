import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Benchmark } from '../../app/benchmark.js';
import { materialize } from '../../bench/materials/materialize.js';
import { readResults } from '../../bench/read-results.js';
import { readRunRecord } from '../../bench/run/run-record.js';
import { trialFolder } from '../../bench/run/run-suite.js';
import { regrade } from '../../bench/run/regrade.js';
import { writeAtomic } from '../../engine/durable.js';
import type { CommandContext } from '../context.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';

export async function run(
  { io, app, signal, version, cwd }: CommandContext,
  [name = '']: string[],
): Promise<number> {
  const folder = resolve(cwd, name);
  const record = await readRunRecord(folder);
  const file = join(folder, 'results.jsonl');
  const { results, findings } = readResults(await readFile(file, 'utf8'), file);
  const benchmark = new Benchmark(app);
  const { tasks } = await benchmark.tasks();
  const verifier = await benchmark.verifier();
  const work = await mkdtemp(join(tmpdir(), 'neurobench-'));
  const graded: object[] = [];
  let changed = 0;
  try {
    for (const result of results) {
      const task = tasks.get(result.task);
      if (task === undefined || result.scores === null) {
        graded.push(result);
        continue;
      }
      const materials = await materialize(task, join(work, task.id), {
        shared: app.settings.values.benchData,
        ...(record.instance === null ? {} : { seed: record.instance }),
      });
      const place = {
        folder: join(folder, 'trials', task.id, trialFolder(result.trial, result)),
        materials,
        verifier,
        version,
        signal,
      };
      const again = await regrade(result, task, place);
      graded.push(again);
      if (again.status === result.status && again.scores?.total === result.scores.total) continue;
      changed += 1;
      io.note(`${task.id} ${result.trial}: ${result.status} is ${again.status}`);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await writeAtomic(join(folder, 'graded.jsonl'), graded.map((one) => `${JSON.stringify(one)}\n`).join(''));
  if (io.json) io.data({ graded: graded.length, changed, findings });
  else
    io.line(`${graded.length} trials graded, ${changed} with another score: ${join(folder, 'graded.jsonl')}`);
  return 0;
}
