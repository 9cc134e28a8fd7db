import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../../src/bench/agents/command-agent.js';
import { fileFor } from '../../../src/bench/agents/deliver.js';
import type { TaskOutput } from '../../../src/bench/task/task.js';

describe('the words of --command', () => {
  it('are split once, quotes kept together, and nothing is a shell', () => {
    expect(
      splitCommand(`./my-agent --note "two words" {instruction} {inputs} '{out}' ; rm -rf $HOME`),
    ).toEqual([
      './my-agent',
      '--note',
      'two words',
      '{instruction}',
      '{inputs}',
      '{out}',
      ';',
      'rm',
      '-rf',
      '$HOME',
    ]);
  });

  it('say where the instruction and the outputs go', () => {
    expect(() => splitCommand('./my-agent {inputs}')).toThrow(/nowhere where \{instruction\}/);
    expect(() => splitCommand('./my-agent {instruction}')).toThrow(/nowhere where \{out\}/);
  });
});

describe('what of a run is handed in', () => {
  const output = (path: string): TaskOutput => ({
    path,
    kind: 'nifti',
    about: 'a map of something',
    required: true,
    answer: false,
  });
  const published = [
    'sub-01_param-FA_dwimap.nii.gz',
    'sub-01_param-MD_dwimap.nii.gz',
    'sub-01_param-FA_dwimap.json',
  ].map((path) => ({ path: `/x/${path}`, job: path }));

  it('is the one file with the name of the output among its words', () => {
    expect(fileFor(output('FA.nii.gz'), published)?.job).toBe('sub-01_param-FA_dwimap.nii.gz');
    expect(fileFor(output('maps/md.nii.gz'), published)?.job).toBe('sub-01_param-MD_dwimap.nii.gz');
  });

  it('is nothing where none has it, or two have', () => {
    expect(fileFor(output('V1.nii.gz'), published)).toBeUndefined();
    expect(fileFor(output('dwimap.nii.gz'), published)).toBeUndefined();
  });
});
