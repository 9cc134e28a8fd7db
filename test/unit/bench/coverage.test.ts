import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCoverage } from '../../../src/bench/task/coverage.js';
import { loadTasks, type LoadedTasks } from '../../../src/bench/task/load-task.js';

const project = join(import.meta.dirname, '../../..');
const loaded = await loadTasks([join(project, 'neurobench/tasks')]);
const file = join(project, 'neurobench/covers.yaml');

it('names all 120 original tasks once, each with a task of ours or the reason why not', async () => {
  const { originals } = await loadCoverage(file, loaded);
  const wanted = Array.from({ length: 120 }, (_, at) => `T${String(at + 1).padStart(2, '0')}`);
  expect(originals.map(({ id }) => id)).toEqual(wanted);
  for (const { id, tasks, reason } of originals)
    expect([id, tasks.length > 0 || (reason ?? '') !== '']).toEqual([id, true]);
});

it('knows every original task that ours name, and finds one that does not exist', async () => {
  expect((await loadCoverage(file, loaded)).unknown).toEqual([]);
  const [task] = loaded.tasks.values();
  if (task === undefined) throw new Error('there is no task');
  const wrong: LoadedTasks = { tasks: new Map([[task.id, { ...task, covers: ['T121'] }]]), findings: [] };
  expect((await loadCoverage(file, wrong)).unknown).toEqual([{ task: task.id, id: 'T121' }]);
});
