import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { completions } from '../../../src/cli/completions.js';
import { buildProgram } from '../../../src/cli/program.js';

const program = buildProgram('0.0.0', () => Promise.resolve());

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

describe('every command', () => {
  it.each(leaves(program).map((command) => [command.name(), command] as const))(
    '%s says what it does, with an example, and speaks JSON',
    (_name, command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      expect(command.description()).not.toBe('');
      expect(help).toContain('Example:');
      expect(help).toContain('neuroclaw');
      expect(help).toContain('--json');
    },
  );
});

describe('completion', () => {
  it.each([
    [['st'], ['status']],
    [
      ['trace', ''],
      ['show', 'verify'],
    ],
    [['skills', 'show', 'niimath/smo'], ['niimath/smooth']],
    [['completion', 'b'], ['bash']],
    [['status', '--o'], ['--out']],
    [['bids', 'summary', ''], []],
  ])('of %j offers %j', async (words, expected) => {
    expect((await completions(program, words)).sort()).toEqual(expected);
  });
});
