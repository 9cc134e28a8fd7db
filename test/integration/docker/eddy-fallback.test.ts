import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';
import { makeCall } from '../../support/make-call.js';
import { engineForTests, lockForTests, output } from './support.js';

const runtime = await engineForTests();

/** What MRtrix3's own files say: its words are what a fallback to the CPU is known by. */
describe.skipIf(!runtime)('the words of dwifslpreproc', { timeout: 120_000 }, () => {
  let folder: string;
  let environment: OpenEnvironment;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw-eddy-'));
    chmodSync(folder, 0o755);
    const locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
    environment = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
  }, 600_000);
  afterAll(async () => {
    await runtime?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function lines(pattern: string, file: string): Promise<string> {
    const call = await makeCall(folder, { argv: ['grep', '-F', pattern, file] });
    await environment.run(call, new AbortController().signal);
    return output(call);
  }

  it('when it turns from CUDA to the CPU, and before each command, are those of the contract', async () => {
    const { skills } = await loadSkills([join(projectFolder, 'skills')]);
    const { degraded } = skills.get('mrtrix3-fsl/dwifslpreproc')!.contract;
    const says = degraded.flatMap((mark) => mark.says ?? []);
    const lacks = degraded.flatMap((mark) => mark.lacks ?? []);
    expect([says.length, lacks.length]).toEqual([1, 1]);
    // As Python spells it, between single quotes.
    const spelled = says[0]!.replaceAll("'", String.raw`\'`);
    expect(await lines(spelled, '/usr/lib/mrtrix3/bin/dwifslpreproc')).toContain('app.console(');
    const [word = '', command = ''] = lacks[0]!.split('  ');
    expect(
      await lines(`'${word}' + ANSI.clear + '  ' + cmdstring`, '/usr/lib/mrtrix3/lib/mrtrix3/run.py'),
    ).not.toBe('');
    expect(await lines(`entry.startswith('${command}')`, '/usr/lib/mrtrix3/lib/mrtrix3/fsl.py')).not.toBe('');
  });
});
