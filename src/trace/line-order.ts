/** What the chain needs of one line: its links when it is an event with its own hash, else what is wrong with it. */
export interface SeenLine {
  readonly line: number;
  readonly event?: Links;
  readonly problem?: string;
}

export interface Links {
  readonly seq: number;
  readonly run: string;
  readonly prev: string;
  readonly hash: string;
}

export interface PlacedEvent extends Links {
  readonly line: number;
}

export interface ArrangedLines {
  readonly run: string | undefined;
  readonly lineCount: number;
  /** Lines that are no events, or not of this run; in the order of the file. */
  readonly broken: readonly { readonly line: number; readonly problem: string; readonly run?: string }[];
  /** The longest sequence of events whose numbers increase: everything that need not be moved. */
  readonly inPlace: readonly PlacedEvent[];
  /** Sound events that stand elsewhere than their number says. */
  readonly displaced: readonly PlacedEvent[];
}

/** Tells the lines that stand where their numbers say from those that were moved, copied, or are no events. */
export function arrange(lines: readonly SeenLine[]): ArrangedLines {
  const run = commonRun(lines);
  const broken: { line: number; problem: string; run?: string }[] = [];
  const sound: PlacedEvent[] = [];
  for (const { line, event, problem } of lines) {
    if (event === undefined) broken.push({ line, problem: problem ?? 'it is no event' });
    else if (event.run !== run) broken.push({ line, problem: `it is of run ${event.run}`, run: event.run });
    else sound.push({ line, ...event });
  }
  const kept = longestIncreasing(sound.map((event) => event.seq));
  return {
    run,
    lineCount: lines.length,
    broken,
    inPlace: sound.filter((_, index) => kept.has(index)),
    displaced: sound.filter((_, index) => !kept.has(index)),
  };
}

/** The run that most lines name. */
function commonRun(lines: readonly SeenLine[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { event } of lines) if (event) counts.set(event.run, (counts.get(event.run) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/**
 * Indices of a longest strictly increasing subsequence, by patience sorting (Fredman 1975, On computing the length of
 * longest increasing subsequences). Of two equal numbers the first is kept.
 */
function longestIncreasing(numbers: readonly number[]): Set<number> {
  /** Index of the smallest number that ends a sequence of each length. */
  const ends: number[] = [];
  const before = new Array<number>(numbers.length).fill(-1);
  for (const [index, number] of numbers.entries()) {
    let low = 0;
    for (let high = ends.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? (ends[low - 1] ?? -1) : -1;
    const end = ends[low];
    if (end === undefined || numbers[end] !== number) ends[low] = index;
  }
  const kept = new Set<number>();
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) kept.add(index);
  return kept;
}
