import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DescriptorInput } from '../../../src/skills/boutiques/schema.js';
import { loadSkills } from '../../../src/skills/registry.js';
import type { Skill } from '../../../src/skills/skill.js';
import { projectFolder } from '../../support/data.js';
import { recordCommand } from '../../support/evidence/record.js';
import { makeCall } from '../../support/make-call.js';
import { engineForTests, lockForTests, output, removeFolder, temporaryFolder } from './support.js';

const runtime = await engineForTests();
const { skills } = await loadSkills([join(projectFolder, 'skills')]);

/** The skills whose command lines are compared here with what the programs say; most are run in other tests too. */
const compared = [
  'mrtrix3/dwi2fod-csd',
  'mrtrix3/dwi2fod-msmt2',
  'mrtrix3/dwi2fod-msmt3',
  'mrtrix3/dwi2mask',
  'mrtrix3/dwi2response-dhollander',
  'mrtrix3/dwi2response-tournier',
  'mrtrix3/dwi2tensor',
  'mrtrix3/dwidenoise',
  'mrtrix3/dwiextract',
  'mrtrix3/labelconvert',
  'mrtrix3/mrcalc',
  'mrtrix3/mrconvert-export',
  'mrtrix3/mrconvert-export-dwi',
  'mrtrix3/mrconvert-import-dwi',
  'mrtrix3/mrdegibbs',
  'mrtrix3/mrgrid-regrid',
  'mrtrix3/mrmath',
  'mrtrix3/mtnormalise',
  'mrtrix3/tck2connectome',
  'mrtrix3/tckgen',
  'mrtrix3/tckmap',
  'mrtrix3/tcksift2',
  'mrtrix3/tckstats',
  'mrtrix3/tensor2metric',
];

interface Argument {
  /** `INT`, `CHOICE`, ...; empty where a program (the Python ones) does not say. */
  readonly type: string;
  readonly choices: readonly string[];
}
interface Usage {
  readonly arguments: Argument[];
  /** By name, with its dash. */
  readonly options: Map<string, Argument[]>;
}

/** Reads what `__print_full_usage__` prints: `ARGUMENT name optional multiple TYPE …` and `OPTION name …` lines. */
function readUsage(text: string): Usage {
  const usage: Usage = { arguments: [], options: new Map() };
  let current = usage.arguments;
  for (const line of text.split('\n')) {
    const option = /^OPTION -?(\S+) [01] [01]$/.exec(line);
    if (option) usage.options.set(`-${option[1]}`, (current = []));
    const argument = /^ARGUMENT .+? [01] [01](?: (\S+)(?: (.*))?)?$/.exec(line);
    if (argument)
      current.push({
        type: argument[1] ?? '',
        choices: argument[2]?.trim().toLowerCase().split(/\s+/) ?? [],
      });
  }
  return usage;
}

/** Programs with their algorithm, where the first argument chooses one with options of its own. */
function programOf(skill: Skill): string {
  const [program = '', first = ''] = skill.descriptor['command-line'].split(' ');
  return program === 'dwi2response' ? `${program} ${first}` : program;
}

/** What may be chosen: the choices, or all whole numbers of a range. */
function choicesOf(input: DescriptorInput): string[] {
  const { minimum, maximum } = input;
  if (input['value-choices']) return input['value-choices'].map(String);
  if (!input.integer || minimum === undefined || maximum === undefined) return [];
  return Array.from({ length: maximum - minimum + 1 }, (_, index) => String(minimum + index));
}

/** The value a program reads for an option, from its MRtrix type. */
const fitting: Record<DescriptorInput['type'], readonly string[]> = {
  File: ['IMAGEIN', 'FILEIN', 'TRACKSIN', 'VARIOUS', 'TEXT'],
  Number: ['INT', 'FLOAT', 'ISEQ', 'FSEQ', 'CHOICE'],
  String: ['CHOICE', 'TEXT'],
  Flag: [],
};

describe.skipIf(!runtime)('the command lines of the MRtrix3 skills', { timeout: 120_000 }, () => {
  let folder: string;
  const usages = new Map<string, Usage>();

  beforeAll(async () => {
    folder = await temporaryFolder();
    const locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
    const environment = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
    const programs = [...new Set(compared.map((id) => programOf(skills.get(id)!)))];
    const script = programs
      .map((program) => `echo "== ${program}"; ${program} __print_full_usage__; echo`)
      .join('; ');
    const call = await makeCall(folder, { argv: ['sh', '-c', script] });
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

  it('are those of every MRtrix3 skill', () => {
    expect([...skills.keys()].filter((id) => id.startsWith('mrtrix3/')).sort()).toEqual(compared);
  });

  it.each(compared)('%s has no option that its program does not take', (id) => {
    const skill = skills.get(id)!;
    const usage = usages.get(programOf(skill))!;
    const written = skill.descriptor['command-line'].split(' ').filter((word) => /^-[a-z]/.test(word));
    const flags = skill.descriptor.inputs.flatMap((input) => input['command-line-flag'] ?? []);
    const options = [...usage.options.keys()];
    // Every program has the standard options: without them the usage was not read.
    expect(options).toEqual(expect.arrayContaining(['-nthreads', '-force', '-version']));
    expect([...written, ...flags].filter((flag) => !options.includes(flag))).toEqual([]);
  });

  it.each(compared)('%s gives each option what its program reads there', (id) => {
    const skill = skills.get(id)!;
    const usage = usages.get(programOf(skill))!;
    for (const input of skill.descriptor.inputs) {
      const flag = input['command-line-flag'];
      if (flag === undefined) continue;
      const read = usage.options.get(flag) ?? [];
      if (input.type === 'Flag') {
        expect([flag, read]).toEqual([flag, []]);
        continue;
      }
      const [argument] = read;
      // The Python programs say at most the name of an option's value, and no type.
      if (programOf(skill).startsWith('dwi2response')) {
        expect([flag, argument?.type ?? '']).toEqual([flag, '']);
        continue;
      }
      expect([flag, read.length, fitting[input.type]]).toEqual([
        flag,
        1,
        expect.arrayContaining([argument?.type]),
      ]);
      if (input.list) expect([flag, argument?.type]).toEqual([flag, expect.stringMatching(/SEQ$/)]);
      if (argument?.type === 'CHOICE') {
        const choices = choicesOf(input);
        expect([flag, choices.length]).not.toEqual([flag, 0]);
        expect(choices.filter((choice) => !argument.choices.includes(choice.toLowerCase()))).toEqual([]);
      } else if (input.integer) {
        expect([flag, argument?.type]).toEqual([flag, expect.stringMatching(/^I(NT|SEQ)$/)]);
      }
    }
    recordCommand(id);
  });

  it('choose operations that their programs know', () => {
    const operationsOf = (id: string): string[] =>
      choicesOf(skills.get(id)!.descriptor.inputs.find((input) => input.id === 'operation')!);
    const statistics = usages.get('mrmath')!.arguments.find((argument) => argument.type === 'CHOICE');
    expect(statistics!.choices).toEqual(expect.arrayContaining(operationsOf('mrtrix3/mrmath')));
    const operations = [...usages.get('mrcalc')!.options.keys()];
    expect(operations).toEqual(expect.arrayContaining(operationsOf('mrtrix3/mrcalc')));
    expect(usages.get('dwi2fod')!.arguments[0]!.choices).toEqual(['csd', 'msmt_csd']);
  });
});
