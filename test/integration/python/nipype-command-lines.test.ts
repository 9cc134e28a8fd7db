import { readFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSkills } from '../../../src/skills/registry.js';
import { resolveCall } from '../../../src/skills/resolve.js';
import { projectFolder } from '../../support/data.js';
import { recordCommand } from '../../support/evidence/record.js';
import { makeCall } from '../../support/make-call.js';
import { openPythonEnvironment } from '../../support/python-environment.js';
import type { NipypeCase } from './nipype/case.js';
import { antsCases } from './nipype/ants-cases.js';
import { disagreements } from './nipype/compare.js';
import { mrtrix3Cases } from './nipype/mrtrix3-cases.js';
import { freesurferCases } from './nipype/freesurfer-cases.js';
import { fslCases } from './nipype/fsl-cases.js';

const cases: readonly NipypeCase[] = [...fslCases, ...freesurferCases, ...antsCases, ...mrtrix3Cases];

const nipype = await openPythonEnvironment('nipype', join(projectFolder, 'test', 'support', 'environments'));
const { skills } = await loadSkills([join(projectFolder, 'skills')]);

type Answer = { readonly argv: readonly string[] } | { readonly error: string };

describe('the comparison of command lines', () => {
  it('covers four suites with at least 120 sets of parameters', () => {
    expect(cases.length).toBeGreaterThanOrEqual(120);
    const families = new Set(cases.map(({ skill }) => skill.split('/')[0]));
    expect(families).toEqual(new Set(['ants', 'freesurfer', 'fsl', 'mrtrix3']));
  });

  const about: NipypeCase = { skill: 'a/b', interface: 'a.B', inputs: {}, traits: {} };

  it('sees another value, a value of another flag, a flag too many and arguments that changed places', () => {
    const ours = ['bet', '/in/a', '/out/b', '-f', '0.5', '-g', '0'];
    expect(disagreements(ours, ['bet', '/in/a', '/out/b', '-g', '0', '-f', '0.50'], about)).toEqual([]);
    for (const theirs of [
      ['bet', '/in/a', '/out/b', '-f', '0.4', '-g', '0'],
      ['bet', '/in/a', '/out/b', '-f', '0', '-g', '0.5'],
      ['bet', '/in/a', '/out/b', '-f', '0.5', '-g', '0', '-R'],
      ['bet', '/out/b', '/in/a', '-f', '0.5', '-g', '0'],
      ['bet', '/in/a', '/out/b', '-f', '0.5'],
    ])
      expect(disagreements(ours, theirs, about)).not.toEqual([]);
  });

  it('wants every explanation to explain something', () => {
    const differs = [{ theirs: ['-v'], why: 'says more' }];
    expect(disagreements(['a', '-x'], ['a', '-x', '-v'], { ...about, differs })).toEqual([]);
    expect(disagreements(['a', '-x'], ['a', '-x'], { ...about, differs })).toEqual([
      'theirs has no -v to explain',
    ]);
  });

  it('keeps the order where it means something', () => {
    const ordered = { ...about, ordered: true };
    expect(disagreements(['a', '-thr', '1', '-bin'], ['a', '-thr', '1.0', '-bin'], ordered)).toEqual([]);
    expect(disagreements(['a', '-thr', '1', '-bin'], ['a', '-bin', '-thr', '1'], ordered)).toHaveLength(1);
  });
});

describe.skipIf(nipype === undefined)('command lines beside those of Nipype', { timeout: 120_000 }, () => {
  let folder: string;
  let answers: readonly Answer[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw-nipype-'));
    const support = join(projectFolder, 'test', 'support', 'environments', 'nipype');
    const asked = join(folder, 'cases.json');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(
      asked,
      JSON.stringify(cases.map(({ interface: name, traits }) => ({ interface: name, traits }))),
    );
    const call = await makeCall(folder, {
      argv: ['python3', '/in/script/command_lines.py', '/in/cases/cases.json'],
      inputs: [
        { hostPath: join(support, 'command_lines.py'), toolPath: 'in/script/command_lines.py' },
        { hostPath: asked, toolPath: 'in/cases/cases.json' },
      ],
      env: { PYTHONDONTWRITEBYTECODE: '1', NO_ET: '1', FSLOUTPUTTYPE: 'NIFTI_GZ' },
      memoryMb: 2048,
      walltimeS: 100,
    });
    const exit = await nipype!.run(call, new AbortController().signal);
    const said = await readFile(call.stdout, 'utf8');
    if (exit.exitCode !== 0) throw new Error(await readFile(call.stderr, 'utf8'));
    answers = JSON.parse(said.trim().split('\n').at(-1) ?? '[]') as Answer[];
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(
    cases.map((about, index) => [`${about.skill} ${JSON.stringify(about.params ?? {})}`, index] as const),
  )('%s', (_, index) => {
    const about = cases[index]!;
    const skill = skills.get(about.skill);
    expect(skill).toBeDefined();
    const { argv, findings } = resolveCall(skill!, { inputs: about.inputs, params: about.params ?? {} });
    expect(findings).toEqual([]);
    const answer = answers[index]!;
    expect('error' in answer ? answer.error : 'made').toBe('made');
    expect(disagreements(argv, 'argv' in answer ? answer.argv : [], about)).toEqual([]);
    for (const { why } of about.differs ?? []) expect(why.length).toBeGreaterThan(10);
    recordCommand(about.skill);
  });
});
