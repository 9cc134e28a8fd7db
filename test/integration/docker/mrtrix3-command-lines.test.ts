import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/kernel/json.js';
import { buildArgv } from '../../../src/skills/boutiques/build-argv.js';
import { outputPaths } from '../../../src/skills/boutiques/output-paths.js';
import type { DescriptorInput } from '../../../src/skills/boutiques/schema.js';
import { loadSkills } from '../../../src/skills/registry.js';
import type { Skill } from '../../../src/skills/skill.js';
import { projectFolder } from '../../support/data.js';
import { recordCommand } from '../../support/evidence/record.js';
import { makeCall } from '../../support/make-call.js';
import { misreadings, readUsage, type Usage } from './mrtrix3-argv.js';
import { engineForTests, lockForTests, output, removeFolder, temporaryFolder } from './support.js';

const runtime = await engineForTests();
const { skills } = await loadSkills([join(projectFolder, 'skills')]);
/** Environments with MRtrix3 of another version have tests of their own. */
const compared = [...skills.values()].filter(
  (skill) => skill.id.startsWith('mrtrix3/') && skill.contract.environment === 'mrtrix3',
);

/** Programs that choose an algorithm by their first argument, each with options of its own. */
const masters = new Set(['5ttgen', 'dwi2response', 'dwibiascorrect', 'dwinormalise']);

function programOf(skill: Skill): string {
  const [program = '', first = ''] = skill.descriptor['command-line'].split(' ');
  return masters.has(program) ? `${program} ${first}` : program;
}

/** A value of an input: the lowest, the highest, each choice in turn. */
function sample(input: DescriptorInput, round: number): JsonValue {
  const { minimum, maximum } = input;
  const choices = input['value-choices'];
  const low = minimum ?? Math.min(1, maximum ?? 1);
  const high = maximum ?? Math.max(2, minimum ?? 2);
  const step = input['exclusive-minimum'] || input['exclusive-maximum'] ? (high - low) / 4 : 0;
  const one: JsonValue = choices
    ? (choices[round % choices.length] ?? '')
    : {
        Flag: true,
        Number: round % 2 === 0 ? low + step : high - step,
        String: 'name.mif',
        File: `/in/${input.id}/file`,
      }[input.type];
  const whole = input.integer && typeof one === 'number' ? Math.round(one) : one;
  return input.list ? Array.from({ length: input['min-list-entries'] ?? 2 }, () => whole) : whole;
}

/** The call with everything that can be said at once, whether or not it goes together: each word is judged by itself. */
function fullCall(skill: Skill, round: number): string[] {
  const { descriptor } = skill;
  const inputs = Object.fromEntries(descriptor.inputs.map((input) => [input.id, sample(input, round)]));
  return buildArgv(descriptor, { inputs, outputs: outputPaths(descriptor, inputs) });
}

describe.skipIf(!runtime)('the command lines of the MRtrix3 skills', { timeout: 120_000 }, () => {
  let folder: string;
  const usages = new Map<string, Usage>();

  beforeAll(async () => {
    folder = await temporaryFolder();
    const locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
    const environment = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
    const programs = [...new Set(compared.map(programOf))];
    const script = programs
      .map((program) => `echo "== ${program}"; ${program} __print_full_usage__; echo`)
      .join('; ');
    const call = await makeCall(folder, { argv: ['sh', '-c', script], memoryMb: 1024 });
    await environment.run(call, new AbortController().signal);
    for (const part of (await output(call)).split(/^== /m).slice(1)) {
      const end = part.indexOf('\n');
      usages.set(part.slice(0, end), readUsage(part.slice(end)));
    }
  }, 300_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });

  it.each(compared.map((skill) => skill.id))('%s says what its program reads', (id) => {
    const skill = skills.get(id)!;
    const usage = usages.get(programOf(skill))!;
    // Every program has the standard options: without them the usage was not read.
    expect([...usage.options.keys()]).toEqual(expect.arrayContaining(['-nthreads', '-force', '-version']));
    const rounds = Math.max(
      2,
      ...skill.descriptor.inputs.map((input) => input['value-choices']?.length ?? 0),
    );
    for (let round = 0; round < rounds; round += 1) {
      const [, ...words] = fullCall(skill, round);
      const own = masters.has(programOf(skill).split(' ')[0]!) ? words.slice(1) : words;
      expect(misreadings(usage, own)).toEqual([]);
    }
    recordCommand(id);
  });

  it('see an option that is not there, a value too many, and one out of range', () => {
    const usage = usages.get('tckgen')!;
    const call = ['/in/fod/fod.mif', '/out/tracks.tck'];
    expect(misreadings(usage, call)).toEqual([]);
    expect(misreadings(usage, [...call, '-selct', '5'])).not.toEqual([]);
    expect(misreadings(usage, [...call, '-backtrack', '5'])).not.toEqual([]);
    expect(misreadings(usage, [...call, '-samples', '101'])).not.toEqual([]);
    expect(misreadings(usage, [...call, '-algorithm', 'fod'])).not.toEqual([]);
    expect(misreadings(usage, [...call, '-act', '/out/5tt.mif'])).not.toEqual([]);
    expect(misreadings(usage, [...call].reverse())).not.toEqual([]);
  });
});
