import type { Finding } from '../kernel/findings.js';
import type { Head } from './heads.js';
import type { ArrangedLines } from './line-order.js';

/** A head that was looked at, and whether the trace has the event it names with the same hash. */
export interface UsedHead<H extends Head = Head> {
  readonly head: H;
  readonly agrees: boolean;
}

/** What only heads kept elsewhere can show: an end that was cut off, and a chain that was written anew. */
export function compareWithHeads<H extends Head>(
  file: string,
  lines: ArrangedLines,
  heads: readonly H[],
): { readonly findings: Finding[]; readonly headsUsed: UsedHead<H>[] } {
  const { inPlace, displaced, broken, lineCount, run } = lines;
  const events = [...displaced, ...inPlace];
  const lineOf = new Map(events.map((event) => [event.seq, event]));
  const hashes = new Set(events.map((event) => `${event.seq} ${event.hash}`));
  const agrees = (head: H): boolean =>
    head.seq === 0 || (head.run === run && hashes.has(`${head.seq} ${head.hash}`));
  const headsUsed = heads.map((head) => ({ head, agrees: agrees(head) }));
  const findings: Finding[] = [];
  const report = (code: string, message: string, line: number): void => {
    findings.push({ code, severity: 'error', message, place: { file, line } });
  };

  const otherRun = heads.find((head) => run !== undefined && head.run !== run);
  if (otherRun) {
    report('trace.foreign', `the trace is of run ${run ?? ''}, the kept heads are of run ${otherRun.run}`, 1);
  }
  const ofRun = headsUsed.filter(({ head }) => run === undefined || head.run === run);

  // Lines after the last sound event are reported by themselves; each may be one of the events.
  const last = inPlace.at(-1) ?? { seq: 0, line: 0 };
  const end = last.seq + broken.filter((one) => one.line > last.line).length;
  const farthest = ofRun.map(({ head }) => head).sort((a, b) => b.seq - a.seq)[0];
  if (farthest !== undefined && farthest.seq > end) {
    report(
      'trace.cut',
      `${farthest.seq - end} events are cut off after line ${lineCount}: a head of ${farthest.ts} names event ${farthest.seq}`,
      lineCount + 1,
    );
  }

  const disagreeing = ofRun
    .filter((used) => !used.agrees && lineOf.has(used.head.seq))
    .sort((a, b) => a.head.seq - b.head.seq)[0]?.head;
  if (disagreeing !== undefined) {
    const lastGood = Math.max(
      0,
      ...ofRun.filter((used) => used.agrees && used.head.seq < disagreeing.seq).map((used) => used.head.seq),
    );
    report(
      'trace.rewritten',
      `event ${disagreeing.seq} is not the one that was kept on ${disagreeing.ts}: ` +
        `the chain was written anew somewhere after event ${lastGood}`,
      lineOf.get(disagreeing.seq)?.line ?? 1,
    );
  }

  if (heads.length === 0) {
    findings.push({
      code: 'trace.no-head',
      severity: 'info',
      message: 'no head of this run is kept elsewhere: a cut end or a rewritten chain cannot be seen',
      place: { file },
    });
  }
  return { findings, headsUsed };
}
