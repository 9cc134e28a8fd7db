import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

/**
 * What can stand for the last of `words` (the words after `neuroclaw`, the last one possibly half-typed): commands,
 * options, names of skills. Paths are left to the shell.
 */
export async function completions(program: Command, words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  let command = program;
  for (const word of words.slice(0, -1)) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
  }
  if (typed.startsWith('-')) {
    const options = [...command.options, ...program.options].flatMap((option) => option.long ?? []);
    return [...new Set([...options, '--help'])].filter((option) => option.startsWith(typed)).sort();
  }
  if (command.commands.length > 0) {
    return command.commands
      .map((candidate) => candidate.name())
      .filter((name) => name.startsWith(typed))
      .sort();
  }
  if (command.name() === 'completion')
    return ['bash', 'fish', 'zsh'].filter((shell) => shell.startsWith(typed));
  if (command.name() === 'show' && command.parent?.name() === 'skills') {
    return (await skillNames()).filter((name) => name.startsWith(typed));
  }
  if (command.parent?.name() === 'env' && command.name() !== 'list')
    return (await environmentNames()).filter((name) => name.startsWith(typed));
  if (command.name() === 'doctor' || (command.name() === 'show' && command.parent?.name() === 'pipelines'))
    return (await pipelineNames()).filter((name) => name.startsWith(typed));
  return [];
}

/** Names from the folders alone: completing must not wait for contracts to be read. */
async function skillNames(): Promise<string[]> {
  const root = fileURLToPath(new URL('../../skills', import.meta.url));
  const names: string[] = [];
  for (const family of await readdir(root, { withFileTypes: true })) {
    if (!family.isDirectory()) continue;
    for (const skill of await readdir(`${root}/${family.name}`)) names.push(`${family.name}/${skill}`);
  }
  return names.sort();
}

async function environmentNames(): Promise<string[]> {
  const root = fileURLToPath(new URL('../../environments', import.meta.url));
  return (await readdir(root)).filter((name) => !name.startsWith('.')).sort();
}

async function pipelineNames(): Promise<string[]> {
  const root = fileURLToPath(new URL('../../agents', import.meta.url));
  const names: string[] = [];
  for (const agent of await readdir(root))
    for (const file of await readdir(`${root}/${agent}/pipelines`).catch(() => []))
      if (file.endsWith('.yaml')) names.push(`${agent}/${file.slice(0, -'.yaml'.length)}`);
  return names.sort();
}
