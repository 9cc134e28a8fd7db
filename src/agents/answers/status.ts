import type { JsonValue } from '../../kernel/json.js';
import type { Answer } from '../reply.js';
import { plural } from './dataset.js';

/** What runs or ran last in an output folder, from its trace and its lock. Throws run.unknown. */
export async function statusAnswer(out: string, name?: string): Promise<Answer> {
  const { runStatus } = await import('../../engine/status.js');
  const status = await runStatus(out, name);
  const byState = new Map<string, number>();
  for (const { state } of status.jobs) byState.set(state, (byState.get(state) ?? 0) + 1);
  const counts = [...byState].map(([state, count]) => `${count} ${state}`).join(', ');
  const open = status.jobs.filter(({ state }) => state !== 'committed' && state !== 'reused');
  const lines = [
    `run ${status.run} is ${status.state}: ${status.title}`,
    `${counts === '' ? 'no job began' : counts} of ${plural(status.planned, 'job')} planned`,
    ...open
      .slice(0, 12)
      .map(({ job, state, message }) => `  ${state} ${job}${message === undefined ? '' : `: ${message}`}`),
    ...(open.length > 12 ? [`  and ${open.length - 12} more`] : []),
    ...(status.state === 'interrupted' ? ['its process is gone: "resume" continues where it stopped'] : []),
  ];
  return {
    kind: 'answer',
    about: 'status',
    text: lines.join('\n'),
    facts: status as unknown as JsonValue,
    sources: [{ kind: 'run', name: status.run }],
  };
}
