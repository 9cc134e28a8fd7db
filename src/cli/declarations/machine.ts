import type { Command } from 'commander';
import type { Declare } from './declare.js';

/** What this machine can do, and its shell. */
export function declareMachine(program: Command, declare: Declare): void {
  declare(
    program,
    'doctor',
    'what this machine can run, what it lacks, what to do',
    'neuroclaw doctor',
    () => import('../commands/doctor.js'),
  );
  declare(
    program,
    'completion <shell>',
    'print a completion script for bash, zsh or fish',
    'neuroclaw completion bash > ~/.local/share/bash-completion/completions/neuroclaw',
    () => import('../commands/completion.js'),
  );
}
