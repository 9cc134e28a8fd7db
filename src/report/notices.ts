import type { EventType } from '../kernel/events.js';
import type { Finding } from '../kernel/findings.js';
import { readTrace } from '../trace/reader.js';
import { storyteller } from '../trace/story.js';

/** Something of a run that its reader must know: what was replaced, degraded, repaired, left out. */
export interface Notice {
  readonly level: Finding['severity'];
  readonly text: string;
}

/** Told of each job by itself: see ReportedJob. */
const OF_JOBS: ReadonlySet<EventType> = new Set([
  'job.committed',
  'job.failed',
  'job.rejected',
  'job.skipped',
  'job.cancelled',
]);

/** The warnings of a run in the words of its story, each once, the gravest first; what the compiler noted as info. */
export async function readNotices(trace: string): Promise<Notice[]> {
  const tell = storyteller();
  const notices = new Map<string, Notice>();
  for await (const event of readTrace(trace)) {
    const lines = tell(event);
    if (OF_JOBS.has(event.type) || event.type === 'run.finished') continue;
    const notes =
      event.type === 'stage.compiled'
        ? lines.slice(1)
        : event.type === 'adoption.used'
          ? lines
          : lines.filter(({ level }) => level !== 'info');
    for (const { level, text } of notes) notices.set(text, { level, text });
  }
  const rank = { error: 0, warning: 1, info: 2 } as const;
  return [...notices.values()].sort((a, b) => rank[a.level] - rank[b.level]);
}
