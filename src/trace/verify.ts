import { hasErrors, type Finding } from '../kernel/findings.js';
import { emptyChain, sealEvent, type ChainHead } from './chain.js';
import { compareWithHeads, type UsedHead } from './compare-heads.js';
import { findBreaks } from './find-breaks.js';
import type { Head } from './heads.js';
import { arrange, type SeenLine } from './line-order.js';
import { parseTraceLine } from './parse.js';
import { traceLines } from './reader.js';

export interface Verification<H extends Head = Head> {
  /** No finding of severity `error`. */
  readonly ok: boolean;
  /** Lines that are events with their own hash. */
  readonly events: number;
  /** The end of the chain as the file has it. */
  readonly head: ChainHead;
  /** The run that the file says it is of. */
  readonly run: string | undefined;
  readonly findings: readonly Finding[];
  readonly headsUsed: readonly UsedHead<H>[];
}

/**
 * Looks for every edited, dropped, reordered or duplicated line of a trace and names it. A chain proves the order and
 * content of what is there, not that it is all: a cut end or a chain written anew shows only against `heads` of this
 * run that were kept elsewhere (`readHeads`), so the answer says which heads it had.
 *
 * Streams; keeps about 300 bytes a line. Throws only when the file cannot be read.
 */
export async function verifyTrace<H extends Head>(
  file: string,
  heads: readonly H[],
): Promise<Verification<H>> {
  const lines: SeenLine[] = [];
  for await (const { bytes, number, ended } of traceLines(file)) {
    lines.push({ line: number, ...(ended ? lookAt(bytes) : { problem: unfinished }) });
  }
  const arranged = arrange(lines);
  const { findings: headFindings, headsUsed } = compareWithHeads(file, arranged, heads);
  const findings = [...findBreaks(file, arranged), ...headFindings];
  const last = arranged.inPlace.at(-1);
  return {
    ok: !hasErrors(findings),
    events: lines.filter((line) => line.event !== undefined).length,
    head: last === undefined ? emptyChain : { seq: last.seq, hash: last.hash },
    run: arranged.run,
    findings,
    headsUsed,
  };
}

const unfinished = 'it has no line end: a crash or a cut in the middle of it';

/** What the chain needs of a line, or what is wrong with it by itself. */
function lookAt(bytes: Buffer): Omit<SeenLine, 'line'> {
  const parsed = parseTraceLine(bytes.toString('utf8'));
  if ('problem' in parsed) return { problem: parsed.problem };
  const { hash, ...rest } = parsed.event;
  const canonical = seal(rest);
  if (canonical === undefined) return { problem: 'it has no canonical form' };
  if (canonical.hash !== hash) {
    return { problem: `its content has the hash ${canonical.hash}, the line says ${hash}` };
  }
  if (!Buffer.from(canonical.line).equals(bytes)) {
    return { problem: 'spaces, escapes or the order of its members were changed' };
  }
  return { event: { seq: rest.seq, run: rest.run, prev: rest.prev, hash } };
}

/** Undefined for what only a foreign hand writes: half surrogate pairs as escapes. */
function seal(event: Parameters<typeof sealEvent>[0]): ReturnType<typeof sealEvent> | undefined {
  try {
    return sealEvent(event);
  } catch {
    return undefined;
  }
}
