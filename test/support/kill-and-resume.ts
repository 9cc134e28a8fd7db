import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { TraceEvent } from '../../src/kernel/events.js';
import { readHeads } from '../../src/trace/heads.js';
import { verifyTrace } from '../../src/trace/verify.js';
import { runCli, startCli } from './cli.js';
import { shortPlan, writeEventsDataset } from './events-dataset.js';

export const KILLS = 50;
const AT_ONCE = 2;

/** Every published file with its content, by path. */
function published(out: string): Record<string, string> {
  const root = join(out, 'derivatives');
  if (!existsSync(root)) return {};
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]),
  );
}

/** Output digests of every committed entry, by key. */
function committed(out: string): Record<string, unknown> {
  const store = join(out, '.neuroclaw', 'store');
  return Object.fromEntries(
    readdirSync(store)
      .sort()
      .map((key) => [
        key,
        (JSON.parse(readFileSync(join(store, key, 'outputs.json'), 'utf8')) as { outputs: unknown }).outputs,
      ]),
  );
}

function events(out: string): TraceEvent[] {
  const [run] = readdirSync(join(out, '.neuroclaw', 'runs'));
  const text = readFileSync(join(out, '.neuroclaw', 'runs', run ?? '', 'trace.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TraceEvent);
}

/** Processes that carry a store id in their environment. */
export function processesOf(store: string): Promise<string[]> {
  const found = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`NEUROCLAW_STORE=${store}`);
    } catch {
      return false;
    }
  });
  return Promise.resolve(found);
}

/** A small seeded generator (Park and Miller 1988), so that a failing instant can be tried again. */
function instants(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/**
 * Kills the process at seeded instants of a run of twelve short jobs, resumes, and holds everything against a run that
 * was left alone: the same committed digests, no job committed twice, nothing half-written, nobody left behind.
 */
export async function killAndResume(
  root: string,
  env: Record<string, string>,
  runOptions: readonly string[],
  leftovers: (store: string) => Promise<string[]>,
): Promise<void> {
  const bids = join(root, 'bids');
  writeEventsDataset(bids, 4);
  const planFile = join(root, 'plan.json');
  const whole = join(root, 'uninterrupted');
  writeFileSync(planFile, JSON.stringify(shortPlan(bids, whole)));
  const started = performance.now();
  const reference = await runCli(['run', planFile, '--yes', ...runOptions], env);
  expect(reference.stderr).toBe('');
  expect(reference.code).toBe(0);
  const span = performance.now() - started;
  const [expectedFiles, expectedEntries] = [published(whole), committed(whole)];
  expect(Object.keys(expectedFiles).length).toBeGreaterThan(8);
  expect(Object.keys(expectedEntries)).toHaveLength(12);

  let interrupted = 0;
  const killOnce = async (index: number): Promise<void> => {
    const random = instants(1000 + index);
    const out = join(root, `killed-${index}`);
    mkdirSync(out);
    const child = startCli(['run', planFile, '--yes', '--out', out, ...runOptions], env);
    await Promise.race([wait(random() * span * 1.1), new Promise((resolve) => child.once('exit', resolve))]);
    if (child.exitCode === null) interrupted += 1;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
    for (const [path, content] of Object.entries(published(out)))
      expect([path, content]).toEqual([path, expectedFiles[path]]);

    const hasRun =
      existsSync(join(out, '.neuroclaw', 'runs')) && readdirSync(join(out, '.neuroclaw', 'runs')).length > 0;
    const resumed = await runCli(
      [...(hasRun ? ['resume', '--yes'] : ['run', planFile, '--yes']), '--out', out, ...runOptions],
      env,
    );
    expect([index, resumed.stderr, resumed.code]).toEqual([index, '', 0]);
    expect(published(out)).toEqual(expectedFiles);
    expect(committed(out)).toEqual(expectedEntries);
    expect(readdirSync(join(out, '.neuroclaw', 'scratch'))).toEqual([]);
    expect(existsSync(join(out, '.neuroclaw', 'lock'))).toBe(false);
    expect(await leftovers(readFileSync(join(out, '.neuroclaw', 'store-id'), 'utf8').trim())).toEqual([]);

    const done = new Set<string>();
    for (const { type, body } of events(out)) {
      if (type === 'job.started') expect(done.has(String(body['key']))).toBe(false);
      if (type === 'job.committed') {
        expect(done.has(String(body['key']))).toBe(false);
        done.add(String(body['key']));
      }
    }
    const [run = ''] = readdirSync(join(out, '.neuroclaw', 'runs'));
    const trace = join(out, '.neuroclaw', 'runs', run, 'trace.jsonl');
    const { heads } = await readHeads([join(out, '.neuroclaw', 'heads.jsonl')], run);
    expect((await verifyTrace(trace, heads)).findings).toEqual([]);
  };
  for (let first = 0; first < KILLS; first += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, offset) => killOnce(first + offset)));
  }
  // The instants must really fall into the run, or nothing was shown.
  expect(interrupted).toBeGreaterThan(KILLS / 2);
}
