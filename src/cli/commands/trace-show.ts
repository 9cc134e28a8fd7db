import { findRun } from '../../engine/runs.js';
import type { TraceEvent } from '../../kernel/events.js';
import { readTrace } from '../../trace/reader.js';
import { tellStory } from '../../trace/story.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io } = context;
  const { paths } = findRun(outFolder(context, options), name);
  const events: TraceEvent[] = [];
  for await (const event of readTrace(paths.trace)) {
    if (io.json) io.data(event);
    else events.push(event);
  }
  for (const { ts, text, level, depth } of tellStory(events)) {
    const color = level === 'error' ? 'red' : level === 'warning' ? 'yellow' : undefined;
    io.line(
      `${io.style('dim', ts.slice(11, 19))}  ${'  '.repeat(depth)}${color === undefined ? text : io.style(color, text)}`,
    );
  }
  return 0;
}
