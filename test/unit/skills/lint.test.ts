import { describe, expect, it } from 'vitest';
import { errorFinding } from '../../../src/kernel/findings.js';
import { lintSkill, type LintContext } from '../../../src/skills/lint.js';
import { Skill } from '../../../src/skills/skill.js';
import { makeSkill } from './make-skill.js';

type Fields = Readonly<Record<string, unknown>>;

const world: LintContext = {
  environmentOffers: (name) => (name === 'test' ? ['tool', 'other'] : undefined),
  checkExists: (name) => ['file.nonempty', 'nifti.finite'].includes(name),
};

const tool: Fields = {
  'command-line': 'tool [IMAGE] [N] /out/x.nii',
  inputs: [
    { id: 'image', name: 'Image', type: 'File', 'value-key': '[IMAGE]' },
    { id: 'n', name: 'N', type: 'Number', 'value-key': '[N]', optional: true, minimum: 0 },
  ],
  'output-files': [{ id: 'result', name: 'Result', 'path-template': '/out/x.nii' }],
};
const sound: Fields = {
  outputs: { result: { kind: 'nifti', checks: [{ check: 'file.nonempty' }, { check: 'nifti.finite' }] } },
  citations: [{ text: 'A paper.', doi: '10.1000/1' }],
};

function complaints(contract: Fields, descriptor: Fields = {}): [string | undefined, string][] {
  const skill = makeSkill({ ...tool, ...descriptor }, { ...sound, ...contract });
  return lintSkill(skill, world).map(({ place, message }) => [place?.field, message]);
}

describe('linting a skill', () => {
  it('finds nothing in a sound one', () => {
    expect(complaints({})).toEqual([]);
  });

  it.each<[string, Fields, [string, string]]>([
    ['a family that is not in the id', { family: 'fsl' }, ['family', 'the family is fsl']],
    [
      'a role that is no input',
      { inputs: { image: { kind: 'nifti' }, imag: { kind: 'nifti' } } },
      ['inputs.imag', 'imag is no input of type File in tool.json'],
    ],
    ['an input without a role', { inputs: {} }, ['inputs', 'image of tool.json has no role']],
    [
      'a role that is a list on one side',
      { inputs: { image: { kind: 'nifti', list: true } } },
      ['inputs.image.list', 'list is true, in tool.json false'],
    ],
    [
      'a role that is optional on one side',
      { inputs: { image: { kind: 'nifti', optional: true } } },
      ['inputs.image.optional', 'optional is true, in tool.json false'],
    ],
    [
      'an output that is only not empty',
      { outputs: { result: { kind: 'nifti', checks: [{ check: 'file.nonempty' }] } } },
      ['outputs.result.checks', 'result is not verified'],
    ],
    [
      'a check that does not exist',
      { outputs: { result: { kind: 'nifti', checks: [{ check: 'nifti.nice' }] } } },
      ['outputs.result.checks', 'there is no check nifti.nice'],
    ],
    [
      'an output that is optional on one side',
      { outputs: { result: { kind: 'nifti', optional: true, checks: [{ check: 'nifti.finite' }] } } },
      ['outputs.result.optional', 'optional is true, in tool.json false'],
    ],
    ['no citation', { citations: [] }, ['citations', 'nothing is cited']],
    ['a citation without a DOI', { citations: [{ text: 'A paper.' }] }, ['citations[0].doi', 'has no DOI']],
    ['an unknown environment', { environment: 'moon' }, ['environment', 'there is no environment moon']],
    [
      'a program that is not declared',
      { executables: ['other'] },
      ['executables', 'tool of the command line is not in executables'],
    ],
    [
      'a program that the environment lacks',
      { executables: ['tool', 'bet'] },
      ['executables', 'test does not offer bet'],
    ],
    [
      'a parameter that does not exist',
      { params: { m: { unit: 'mm' } } },
      ['params.m', 'm is no parameter of tool.json'],
    ],
    [
      'a default outside its range',
      { params: { n: { default: 5, maximum: 4 } } },
      ['params.n', 'the default is 5'],
    ],
    [
      'a range wider than the tool takes',
      { params: { n: { minimum: -1 } } },
      ['params.n.minimum', 'the minimum is -1'],
    ],
    [
      'threads of an unknown parameter',
      { threads: { param: 'nthreads' } },
      ['threads.param', 'nthreads is no parameter of tool.json'],
    ],
    [
      'a seeded skill without a seed',
      { determinism: 'seeded' },
      ['seed', 'a seeded skill names no parameter for its seed'],
    ],
    ['stdout of an unknown output', { stdout: 'said' }, ['stdout', 'said is no output of the contract']],
  ])('finds %s', (_, contract, complaint) => {
    expect(complaints(contract)).toEqual([complaint]);
  });

  it('finds arguments that a check does not take', () => {
    const skill = makeSkill(tool, sound);
    const picky: LintContext = {
      ...world,
      checkProblems: ({ check }) => [errorFinding('skill.invalid', `${check} takes no arguments`)],
    };
    expect(lintSkill(skill, picky).map(({ place, message }) => [place?.field, message])).toEqual([
      ['outputs.result.checks', 'file.nonempty takes no arguments'],
      ['outputs.result.checks', 'nifti.finite takes no arguments'],
    ]);
  });

  it('finds outputs that contract and descriptor do not share', () => {
    const checks = [{ check: 'nifti.finite' }];
    expect(complaints({ outputs: { reslt: { kind: 'nifti', checks } } })).toEqual([
      ['outputs.reslt', 'reslt is no output file of tool.json'],
      ['outputs', 'result of tool.json is not in the contract'],
    ]);
  });

  it('finds a folder, a name and a text that do not belong to the skill', () => {
    const { contract, descriptor } = makeSkill(tool, sound);
    const skill = new Skill({
      folder: '/skills/test/toll',
      contract,
      descriptor,
      name: 'toll',
      description: 'x',
      body: ' ',
    });
    expect(lintSkill(skill, world).map(({ place, message }) => [place?.file, place?.field, message])).toEqual(
      [
        ['/skills/test/toll/skill.yaml', 'id', 'the id test/tool is not its folder'],
        ['/skills/test/toll/SKILL.md', 'name', 'the name is toll'],
        ['/skills/test/toll/SKILL.md', '(body)', 'says nothing below the front matter'],
      ],
    );
  });
});

describe('linting a Python skill', () => {
  const python = (contract: Fields, imports: readonly string[]): [string | undefined, string][] => {
    const plain = makeSkill({ ...tool }, { ...sound, ...contract });
    const skill = new Skill({
      folder: plain.folder,
      contract: plain.contract,
      descriptor: plain.descriptor,
      name: plain.name,
      description: plain.description,
      body: plain.body,
      program: [{ name: 'run.py', path: '/skills/test/tool/run.py', sha256: '0', imports }],
    });
    const offers = { ...world, environmentPython: () => ['nibabel', 'numpy'] };
    return lintSkill(skill, offers).map(({ place, message }) => [place?.field, message]);
  };

  it('finds nothing where all that is imported is named and offered', () => {
    expect(python({ modules: ['skill_io'], python: ['nibabel'] }, ['nibabel', 'skill_io'])).toEqual([]);
  });

  it('says what is imported and not named, named and not imported, named and not offered', () => {
    expect(python({ modules: ['old_io'], python: ['nilearn'] }, ['nilearn', 'numpy'])).toEqual([
      ['python', 'numpy is imported and not named'],
      ['modules', 'old_io is named and nothing imports it'],
      ['python', 'test does not offer nilearn'],
    ]);
  });
});
