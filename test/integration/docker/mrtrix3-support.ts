import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { readMifHeader, type MifHeader } from '../../../src/imaging/mif-header.js';
import { readMifVoxels } from '../../../src/imaging/mif-voxels.js';
import { hasTestData, testData } from '../../support/data.js';
import { makeCall } from '../../support/make-call.js';
import { runSkill, succeed, type SkillInputs, type SkillRun } from '../../support/run-skill.js';
import { engineForTests, lockForTests, removeFolder, temporaryFolder } from './support.js';

/** The container engine of the tests; undefined where there is none, or no test data. */
export const runtime = hasTestData ? await engineForTests() : undefined;

export const phantom = (name: string): string => testData('phantom-tractography', name);

/** What tests of MRtrix3 skills do: run one, run one that must succeed, prepare data with a program. */
export interface Mrtrix {
  readonly folder: string;
  attempt(id: string, call: SkillInputs): Promise<SkillRun>;
  run(id: string, call: SkillInputs): Promise<(output: string) => string>;
  /** Path of what a program wrote to /out/. Inputs: host path by tool path. */
  tool(argv: string[], inputs: Readonly<Record<string, string>>, result: string): Promise<string>;
}

/** Opens the environment before the tests of a file, and removes what they made after them. */
export function useMrtrix(name = 'mrtrix3'): Mrtrix {
  let folder = '';
  let environment: OpenEnvironment;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const locked = await lockForTests(runtime!, name, join(folder, 'neuroclaw.lock.json'));
    environment = await runtime!.open({ name, env: {} }, locked);
  }, 600_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });
  const attempt = (id: string, call: SkillInputs): Promise<SkillRun> =>
    runSkill(environment, folder, id, call);
  return {
    get folder() {
      return folder;
    },
    attempt,
    run: (id, call) => succeed(attempt(id, call)),
    tool: async (argv, inputs, result) => {
      const mounts = Object.entries(inputs).map(([toolPath, hostPath]) => ({ toolPath, hostPath }));
      const call = await makeCall(folder, { argv, inputs: mounts, memoryMb: 2048 });
      const exit = await environment.run(call, new AbortController().signal);
      const said = exit.exitCode === 0 ? '' : await readFile(call.stderr, 'utf8');
      expect([exit.exitCode, said]).toEqual([0, '']);
      return join(call.folder, 'out', result);
    },
  };
}

export const header = (path: string): Promise<MifHeader> => readMifHeader(path);
/** Voxels along the axes of the image, the first axis fastest. */
export const voxels = async (path: string): Promise<Float64Array> => readMifVoxels(await readMifHeader(path));
export const text = (path: string): Promise<string> => readFile(path, 'utf8');

/** Rows of numbers, whatever separates them. */
export async function rows(path: string): Promise<number[][]> {
  return (await text(path))
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) =>
      line
        .split(/[\s,]+/)
        .filter((word) => word !== '')
        .map(Number),
    );
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function median(values: Iterable<number>): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
