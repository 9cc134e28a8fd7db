import type { Finding } from '../kernel/findings.js';
import { emptyChain } from './chain.js';
import type { ArrangedLines, PlacedEvent } from './line-order.js';

/** Everything that a chain shows of itself, in the order of the lines. */
export function findBreaks(file: string, lines: ArrangedLines): Finding[] {
  const findings = [
    ...brokenLines(lines),
    ...displacedLines(lines),
    ...gaps(lines),
    ...misfits(lines),
    ...(lines.lineCount === 0 ? [found('trace.empty', 1, 'the trace holds no event')] : []),
  ];
  findings.sort((a, b) => a.line - b.line);
  return findings.map(({ code, line, message }) => ({
    code,
    severity: 'error',
    message,
    place: { file, line },
  }));
}

interface Found {
  readonly code: string;
  readonly line: number;
  readonly message: string;
}

function found(code: string, line: number, message: string): Found {
  return { code, line, message };
}

function brokenLines(lines: ArrangedLines): Found[] {
  return lines.broken.map(({ line, problem, run }) =>
    run === undefined
      ? found('trace.edited', line, `line ${line} is not as it was written: ${problem}`)
      : found('trace.foreign', line, `line ${line} does not belong here: ${problem}`),
  );
}

function displacedLines({ inPlace, displaced }: ArrangedLines): Found[] {
  const placed = new Map(inPlace.map((event) => [event.seq, event]));
  const seen = new Map<number, PlacedEvent>();
  return displaced.map((event) => {
    const { line, seq, hash } = event;
    const twin = placed.get(seq) ?? seen.get(seq);
    seen.set(seq, event);
    if (twin?.hash === hash) {
      return found('trace.duplicated', line, `line ${line} repeats line ${twin.line} (event ${seq})`);
    }
    if (twin !== undefined) {
      return found(
        'trace.edited',
        line,
        `line ${line} and line ${twin.line} both say that they are event ${seq}`,
      );
    }
    const next = inPlace.find((one) => one.seq > seq);
    const where = next === undefined ? 'after the last line' : `before line ${next.line}`;
    return found('trace.reordered', line, `line ${line} holds event ${seq}, which belongs ${where}`);
  });
}

/** Numbers that no line has. A broken line between two events stands for one of them, nobody can tell which. */
function gaps({ inPlace, displaced, broken }: ArrangedLines): Found[] {
  const elsewhere = [...new Set(displaced.map((event) => event.seq))];
  const gapsFound: Found[] = [];
  let before: { line: number; seq: number } = { line: 0, seq: 0 };
  for (const event of inPlace) {
    const [from, to] = [before.seq + 1, event.seq - 1];
    const { line } = before;
    before = event;
    if (to < from) continue;
    const moved = elsewhere.filter((seq) => seq >= from && seq <= to).length;
    const unreadable = broken.filter((one) => one.line > line && one.line < event.line).length;
    const missing = to - from + 1 - moved - unreadable;
    if (missing <= 0) continue;
    const which = from === to ? `event ${from}` : `${missing} of the events ${from} to ${to}`;
    gapsFound.push(found('trace.dropped', event.line, `${which} is missing before line ${event.line}`));
  }
  return gapsFound;
}

/** Neighbours that are sound alone but do not continue each other: somebody changed one and made its hash anew. */
function misfits({ inPlace }: ArrangedLines): Found[] {
  return inPlace.flatMap((event, index) => {
    const before = index === 0 ? { ...emptyChain, line: 1 } : inPlace[index - 1];
    if (before === undefined || before.seq !== event.seq - 1 || before.hash === event.prev) return [];
    const message =
      index === 0
        ? 'the first event continues from another: what stood before it was removed'
        : `line ${before.line} was changed and its hash made anew: line ${event.line} continues from ${event.prev}`;
    return [found('trace.rewritten', before.line, message)];
  });
}
