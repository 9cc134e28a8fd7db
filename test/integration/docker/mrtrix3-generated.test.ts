import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatedFiles, generatedFolders, programsLeftOut } from '../../../scripts/mrtrix3/generate.mjs';
import type { Usage } from '../../../scripts/mrtrix3/usage.mjs';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';
import { askPrograms } from './mrtrix3-usage.js';
import { engineForTests, loadedEnvironment, lockForTests, removeFolder, temporaryFolder } from './support.js';

const runtime = await engineForTests();

describe.skipIf(!runtime)('the generated MRtrix3 skills', { timeout: 120_000 }, () => {
  let folder: string;
  let made: ReadonlyMap<string, string>;
  let usages: ReadonlyMap<string, Usage>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
    const environment = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
    const asked = await askPrograms(environment, folder);
    usages = asked.usages;
    made = await generatedFiles(asked.said);
  }, 300_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });

  it('are what the programs of the pinned image say today', () => {
    const stale = [...made].filter(([path, text]) => {
      try {
        return readFileSync(join(projectFolder, 'skills', 'mrtrix3', path), 'utf8') !== text;
      } catch {
        return true;
      }
    });
    // `node scripts/mrtrix3/generate.mjs` writes them again.
    expect(stale.map(([path]) => path)).toEqual([]);
  });

  it('are no more than those', () => {
    const names = new Set([...made.keys()].map((path) => path.split('/')[0]));
    expect(new Set(generatedFolders())).toEqual(names);
  });

  it('leave no program of the environment without a skill or a reason', async () => {
    const { skills } = await loadSkills([join(projectFolder, 'skills')]);
    const used = new Set(
      [...skills.values()]
        .filter((skill) => skill.id.startsWith('mrtrix3/'))
        .map((skill) => skill.descriptor['command-line'].split(' ')[0]),
    );
    const { executables } = await loadedEnvironment('mrtrix3');
    const reasons = new Map(programsLeftOut());
    expect(executables.filter((program) => !used.has(program) && !reasons.has(program))).toEqual([]);
    expect([...skills.keys()].filter((id) => id.startsWith('mrtrix3/')).length).toBeGreaterThanOrEqual(100);
  });

  it('read the usage of every program', () => {
    for (const [program, usage] of usages)
      expect([program, usage.synopsis === '', usage.options.has('nthreads')]).toEqual([program, false, true]);
  });
});
