import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { slashCommands } from './slash-commands.js';
import type { Desk } from './desk.js';

/**
 * What can stand for the last word: slash commands at the start, paths behind those that take one, and anywhere the
 * names of pipelines and skills (`functional/cl…`) and of participants (`sub-0…`).
 */
export async function complete(line: string, session: Desk): Promise<[string[], string]> {
  const word = /\S*$/.exec(line)?.[0] ?? '';
  const [, command, rest] = /^\/(\S+)\s+(.*)$/.exec(line) ?? [];
  const fitting = (names: Iterable<string>, typed = word): [string[], string] => [
    [...names].filter((name) => name.startsWith(typed)),
    typed,
  ];
  if (line.startsWith('/') && command === undefined)
    return fitting(Object.keys(slashCommands).map((name) => `/${name}`));
  if (command === 'data' || command === 'out') return fitting(await paths(rest ?? '', session.cwd), rest);
  if (command === 'show')
    return fitting(await paths(rest ?? '', session.conversation.state.out ?? session.cwd), rest);
  if (command === 'skills') return fitting(await families(session));
  if (command === 'conversations') return fitting(session.conversationNames());
  if (word.startsWith('sub-')) return fitting(await participants(session));
  if (word.startsWith('./') || word.startsWith('/') || word.startsWith('../'))
    return fitting(await paths(word, session.cwd));
  if (!word.includes('/') && word.length < 3) return [[], word];
  const [pipelines, { skills }] = await Promise.all([
    session.workplace.pipelines(),
    session.workplace.skills(),
  ]);
  return fitting([...pipelines.keys(), ...skills.keys()]);
}

/** Files and folders that begin like what is typed; folders end with a slash. */
async function paths(typed: string, root: string): Promise<string[]> {
  const folder = typed.endsWith('/') ? typed : dirname(typed);
  const entries = await readdir(resolve(root, folder), { withFileTypes: true }).catch(() => []);
  const before = typed.includes('/')
    ? (typed.endsWith('/') ? typed : `${dirname(typed)}/`).replace('//', '/')
    : '';
  return entries
    .filter(({ name }) => !name.startsWith('.') || typed.split('/').at(-1)?.startsWith('.') === true)
    .map((entry) => `${before}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort();
}

async function families(session: Desk): Promise<Set<string>> {
  const { skills } = await session.workplace.skills();
  return new Set([...skills.values()].map(({ contract }) => contract.family));
}

async function participants(session: Desk): Promise<string[]> {
  const { data } = session.conversation.state;
  if (data === undefined) return [];
  const entries = await readdir(join(data)).catch(() => []);
  return entries.filter((name) => name.startsWith('sub-')).sort();
}
