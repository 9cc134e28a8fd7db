import type { EventType, TraceEvent } from '../../kernel/events.js';
import type { Finding } from '../../kernel/findings.js';
import { storyteller } from '../../trace/story.js';

/** Something of a run that its reader must know: what was replaced, degraded, repaired, left out. */
export interface Notice {
  readonly level: Finding['severity'];
  readonly text: string;
}

/** Told of each job by itself: see JobHistory. */
const OF_JOBS: ReadonlySet<EventType> = new Set([
  'job.committed',
  'job.failed',
  'job.rejected',
  'job.skipped',
  'job.cancelled',
]);

/** Gathers the warnings of a run in the words of its story, each once; notes of the compiler are kept apart. */
export class NoticeReading {
  readonly #tell = storyteller();
  readonly #seen = new Map<string, Notice>();

  take(event: TraceEvent): void {
    const lines = this.#tell(event);
    if (OF_JOBS.has(event.type) || event.type === 'run.finished') return;
    const notes =
      event.type === 'stage.compiled' ? lines.slice(1) : lines.filter(({ level }) => level !== 'info');
    for (const { level, text } of notes) this.#seen.set(text, { level, text });
  }

  all(): Notice[] {
    const rank = { error: 0, warning: 1, info: 2 } as const;
    return [...this.#seen.values()].sort((a, b) => rank[a.level] - rank[b.level]);
  }
}
