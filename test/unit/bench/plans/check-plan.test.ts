import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../../../src/bench/plans/check-plan.js';
import { planChecks, type PlanRule } from '../../../../src/bench/plans/document.js';
import { predictOutputs } from '../../../../src/bench/plans/predict-outputs.js';
import { readCommand } from '../../../../src/bench/plans/read-command.js';
import { loadSkills } from '../../../../src/skills/registry.js';

const { skills } = await loadSkills([join(import.meta.dirname, '../../../../skills')]);
const used: PlanRule = {
  id: 'used',
  about: 'BET is used',
  skill: 'fsl/bet',
  values: {},
  times: 1,
  every: false,
};

function judge(
  commands: unknown,
  products: string[],
  inputs: string[],
  rules: PlanRule[] = [used],
): string[] {
  const task = { inputs: inputs.map((path) => ({ path })), plan: planChecks.parse({ products, rules }) };
  return checkPlan(task, { commands }, skills.values()).map(({ rule }) => rule);
}

const bet = (...argv: string[]) => [{ argv: ['bet', ...argv], reads: ['in/t1.nii.gz'], writes: [] }];

describe('a plan', () => {
  it('may name its files and order its options as it likes', () => {
    const valid = [
      bet('in/t1.nii.gz', 'out/b.nii.gz', '-m', '-f', '0.3'),
      bet('in/t1.nii.gz', 'out/b', '-f', '0.3', '-m'),
      bet('-m', '-g', '-0.2', 'in/t1.nii.gz', 'out/b.nii.gz', '-c', '80', '90', '100', '-R'),
    ];
    for (const plan of valid) expect(judge(plan, ['b.nii.gz', 'b_mask.nii.gz'], ['t1.nii.gz'])).toEqual([]);
  });

  it.each([
    ['a value that is not one', bet('in/t1.nii.gz', 'out/b.nii.gz', '-m', '-f', 'low'), 'value'],
    ['two coordinates of three', bet('in/t1.nii.gz', 'out/b.nii.gz', '-m', '-c', '80', '90'), 'value'],
    ['an option without its value', bet('in/t1.nii.gz', 'out/b.nii.gz', '-f', '-m'), 'value'],
    ['an option twice', bet('in/t1.nii.gz', 'out/b.nii.gz', '-m', '-f', '0.3', '-f', '0.4'), 'flag'],
    ['an argument too many', bet('in/t1.nii.gz', 'out/b.nii.gz', 'out/c.nii.gz', '-m'), 'arguments'],
    ['a way out of the folder', bet('in/t1.nii.gz', '/etc/b.nii.gz', '-m'), 'arguments'],
    ['an output among the inputs', bet('in/t1.nii.gz', 'in/b.nii.gz', '-m'), 'place'],
    ['a file that nobody has', bet('in/t2.nii.gz', 'out/b.nii.gz', '-m'), 'input'],
    [
      'a program that no skill describes',
      [{ argv: ['cp', 'in/t1.nii.gz', 'out/b.nii.gz'], reads: [], writes: [] }],
      'program',
    ],
    [
      'a shell',
      [{ argv: ['sh', '-c', 'bet in/t1.nii.gz out/b.nii.gz -m'], reads: [], writes: [] }],
      'program',
    ],
    [
      'a read that it keeps to itself',
      [{ argv: ['bet', 'in/t1.nii.gz', 'out/b.nii.gz', '-m'], reads: [], writes: [] }],
      'reads',
    ],
    [
      'a product that it only claims',
      [
        {
          argv: ['bet', 'in/t1.nii.gz', 'out/b.nii.gz', '-m'],
          reads: ['in/t1.nii.gz'],
          writes: ['out/tissue.nii.gz'],
        },
      ],
      'writes',
    ],
    ['a path that leads out', [{ argv: ['bet'], reads: ['in/../secret'], writes: [] }], 'format'],
  ])('is rejected for %s', (_, plan, rule) => {
    expect(judge(plan, ['b.nii.gz'], ['t1.nii.gz'])).toContain(rule);
  });

  it('is rejected for a right command beside the one that counts, and for one that writes over another', () => {
    const [right] = bet('in/t1.nii.gz', 'out/b.nii.gz', '-m');
    const [aside] = bet('in/t1.nii.gz', 'out/aside.nii.gz', '-m');
    expect(judge([right, aside], ['b.nii.gz'], ['t1.nii.gz'])).toEqual(['purpose']);
    expect(judge([right, right], ['b.nii.gz'], ['t1.nii.gz'])).toContain('place');
  });

  it('is rejected where it is no plan at all', () => {
    for (const answer of [null, [], {}, { commands: [] }, { commands: 'bet' }, 'bet in out'])
      expect(
        checkPlan({ inputs: [], plan: { products: ['x'], rules: [used] } }, answer, skills.values()).map(
          ({ rule }) => rule,
        ),
      ).toContain('format');
  });
});

describe('what a command would make', () => {
  it.each([
    ['fsl/bet', 'bet in/a.nii.gz out/x/b.nii.gz -m', ['out/x/b.nii.gz', 'out/x/b_mask.nii.gz']],
    [
      'fsl/fast',
      'fast -n 2 -o out/t in/a.nii.gz',
      [
        'out/t_seg.nii.gz',
        'out/t_pveseg.nii.gz',
        'out/t_mixeltype.nii.gz',
        'out/t_pve_0.nii.gz',
        'out/t_pve_1.nii.gz',
      ],
    ],
    ['fsl/run-first-all', 'run_first_all -i in/a.nii.gz -o out/deep/first', ['out/deep']],
    ['fsl/fsl-anat', 'fsl_anat -i in/a.nii.gz -o out/sub', ['out/sub.anat']],
    ['fsl/flirt', 'flirt -in in/a.nii.gz -ref in/b.nii.gz -omat out/m.mat', ['out/m.mat']],
    ['freesurfer/recon-all', 'recon-all -all -subjid p1 -sd out/s -i in/a.nii.gz', ['out/s/p1']],
    ['freesurfer/synthseg', 'mri_synthseg --i in/a.nii.gz --o out/seg.nii.gz', ['out/seg.nii.gz']],
    ['bids-apps/fmriprep', 'fmriprep in/bids out/fp participant --participant-label 01', ['out/fp']],
  ])('%s: %s', (id, line, wanted) => {
    const skill = skills.get(id);
    if (skill === undefined) throw new Error(`there is no ${id}`);
    const made = predictOutputs(readCommand(skill, line.split(' '), ['in/a.nii.gz']));
    expect(made.map(({ path }) => path)).toEqual(wanted);
  });
});

interface Golden {
  readonly argv: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly request: { readonly inputs: Readonly<Record<string, string | readonly string[]>> };
}

/** Lines that the skills build, with the paths of a plan. */
const goldens = ['fsl', 'freesurfer', 'bids-apps', 'mrtrix3-fsl'].flatMap((family) => {
  const file = join(import.meta.dirname, `../../../golden/skills/${family}.json`);
  const book = JSON.parse(readFileSync(file, 'utf8').replaceAll(/\/(in|out|scratch)\b/g, '$1')) as Record<
    string,
    Golden
  >;
  return Object.entries(book).map(([name, golden]) => [name, golden] as const);
});

it('has goldens to read back', () => {
  expect(goldens.length).toBeGreaterThan(70);
});

it.each(goldens)('reads back the command line that %s builds', (name, { argv, params, request }) => {
  const skill = skills.get(name.split(' ')[0] ?? '');
  if (skill === undefined) throw new Error(`there is no ${name}`);
  const given = argv.map((token) => (token === '{threads}' ? '2' : token.replace('{threads}', '2')));
  const reads = Object.values(request.inputs).flat();
  const read = readCommand(skill, given, reads);
  expect(read.problems).toEqual([]);
  const beside = skill.descriptor.custom?.neuroclaw?.beside ?? [];
  for (const { id, type, 'value-key': key } of skill.descriptor.inputs) {
    const wanted = type === 'File' ? request.inputs[id] : params[id];
    if (key === undefined || beside.includes(id) || wanted === undefined || wanted === false) continue;
    // A default that this line does not write, and a name inside a path that the line fixes.
    if (!given.some((token) => token.includes(String([wanted].flat()[0])))) continue;
    if ([...read.fixed.keys()].some((path) => path.includes(key))) continue;
    expect([id, read.values[id]]).toEqual([id, wanted]);
  }
});
