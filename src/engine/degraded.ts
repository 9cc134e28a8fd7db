import { createReadStream } from 'node:fs';
import type { Exit, JobCall } from '../environments/runtime.js';
import { nodeErrorCode } from '../kernel/errors.js';
import type { Skill } from '../skills/skill.js';

/**
 * The exit with the marks of what the tool said in its logs that it did less than it was asked.
 *
 * @param known marks that are known before it started
 */
export async function withMarks(
  exit: Exit,
  logs: Pick<JobCall, 'stdout' | 'stderr' | 'gpu'>,
  skill: Skill,
  known: readonly string[] = [],
): Promise<Exit> {
  const { degraded } = skill.contract;
  if (exit.exitCode !== 0 || (degraded.length === 0 && known.length === 0)) return exit;
  const marks = new Set([...(exit.degraded ?? []), ...known]);
  const said = new Set<string>();
  const texts = degraded.flatMap(({ says, lacks }) => says ?? lacks ?? []);
  for (const file of [logs.stdout, logs.stderr]) {
    for await (const line of linesOf(file)) for (const text of texts) if (line.includes(text)) said.add(text);
  }
  for (const { says, lacks, mark } of degraded)
    if ((says !== undefined && said.has(says)) || (lacks !== undefined && logs.gpu && !said.has(lacks)))
      marks.add(mark);
  return marks.size === 0 ? exit : { ...exit, degraded: [...marks].sort() };
}

/** Line by line, since a log may be large; none of a file that is not there. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') throw error;
  }
  if (rest !== '') yield rest;
}
