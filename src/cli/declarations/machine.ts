import type { Command } from 'commander';
import type { Declare } from './declare.js';

/** What this machine can do, and its shell. */
export function declareMachine(program: Command, declare: Declare): void {
  declare(
    program,
    'doctor [pipeline...]',
    'what this machine can run today, what each pipeline lacks, and the one command that comes next',
    'neuroclaw doctor\nneuroclaw doctor structural/recon diffusion/tensor\nneuroclaw doctor --json',
    () => import('../commands/doctor.js'),
  ).option('--all', 'all settings, also those that are as by default');
  declare(
    program,
    'completion <shell>',
    'print a completion script for bash, zsh or fish',
    'neuroclaw completion bash > ~/.local/share/bash-completion/completions/neuroclaw',
    () => import('../commands/completion.js'),
  );
}
