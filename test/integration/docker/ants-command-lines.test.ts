import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeCommandLine } from '../../../src/skills/boutiques/sections.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';
import { recordCommand } from '../../support/evidence/record.js';
import { makeCall } from '../../support/make-call.js';
import { engineForTests, lockForTests, output, removeFolder, temporaryFolder } from './support.js';

const runtime = await engineForTests();
const { skills } = await loadSkills([join(projectFolder, 'skills')]);

/** Skills whose programs have named options; the others take arguments by place and are executed in another test. */
const compared = [
  'ants/apply-transforms',
  'ants/apply-transforms-labels',
  'ants/atropos',
  'ants/brain-extraction',
  'ants/brain-mask-from-template',
  'ants/cortical-thickness',
  'ants/denoise-image',
  'ants/n4-bias-field-correction',
  'ants/registration',
  'ants/registration-syn-quick',
];

describe.skipIf(!runtime)('the command lines of the ANTs skills', { timeout: 120_000 }, () => {
  let folder: string;
  /** What each program says of its options, by program. */
  const usages = new Map<string, string>();
  const programOf = (id: string): string => skills.get(id)!.descriptor['command-line'].split(' ')[0]!;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const locked = await lockForTests(runtime!, 'ants', join(folder, 'neuroclaw.lock.json'));
    const environment = await runtime!.open({ name: 'ants', env: {} }, locked);
    const programs = [...new Set(compared.map(programOf))];
    const script = programs
      .map(
        (program) =>
          `echo "== ${program}"; ${program} ${program.endsWith('.sh') ? '-h' : '--help'} 2>&1; echo`,
      )
      .join('; ');
    const call = await makeCall(folder, { argv: ['sh', '-c', script] });
    await environment.run(call, new AbortController().signal);
    for (const part of (await output(call)).split(/^== /m).slice(1)) {
      const end = part.indexOf('\n');
      usages.set(part.slice(0, end), part.slice(end));
    }
  }, 600_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });

  it.each(compared)('%s has no option that its program does not say it takes', (id) => {
    const { descriptor } = skills.get(id)!;
    // `-d, --dimensionality 2/3` of the programs, `     -d:  Image dimension` of the scripts.
    const lines = (usages.get(programOf(id)) ?? '').split('\n');
    const options = lines.flatMap((line) =>
      [.../^ *(?:(-\w)(?:, |:|$| $))?(--[a-z-]+)?/.exec(line)!.slice(1)].filter(Boolean),
    );
    expect(options.length).toBeGreaterThan(5);
    const words = wholeCommandLine(descriptor).split(' ');
    const flags = descriptor.inputs.flatMap((input) => (input['command-line-flag'] ?? '').split(' '));
    const written = [...words, ...flags].filter((word) => /^--?[a-z]/i.test(word));
    expect(written.length).toBeGreaterThan(2);
    expect(written.filter((flag) => !options.includes(flag))).toEqual([]);
    recordCommand(id);
  });
});
