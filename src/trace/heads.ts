import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { describeError, fromFileSystem, nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { canonicalJson } from '../kernel/json.js';
import type { ChainHead } from './chain.js';

/** The end of a run's chain at some time, kept outside of the trace: what shows that a trace was cut or rewritten. */
export interface Head extends ChainHead {
  readonly run: string;
  /** ISO 8601 UTC. */
  readonly ts: string;
  /** Output folder, in files that know several. */
  readonly out?: string;
}

/** A head with the file it was read from. */
export interface KeptHead extends Head {
  readonly file: string;
}

const headSchema = z.object({
  run: z.string(),
  seq: z.number().int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  ts: z.string(),
  out: z.string().optional(),
});

/**
 * Appends a head to each of the files (`.neuroclaw/heads.jsonl` and the one of the user) and to the disk. Flush the
 * trace first, so that no head is ahead of it. A place that cannot be written is a warning, not an end of the run.
 */
export function keepHead(files: readonly string[], head: Head): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    try {
      appendLine(file, canonicalJson(head));
    } catch (error) {
      if (nodeErrorCode(error) === undefined) throw error;
      findings.push({
        ...errorFinding(
          'preflight.permission',
          `no head of the trace could be kept here: ${describeError(error)}`,
          {
            file,
          },
        ),
        severity: 'warning',
        suggestion: 'make this place writable: a cut trace shows only against a head',
      });
    }
  }
  return findings;
}

/** Several processes may append to the user's file: one write each, and a half line of a dead one is left behind. */
function appendLine(file: string, line: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'a+');
  try {
    const size = fstatSync(descriptor).size;
    const last = Buffer.alloc(1);
    if (size > 0) readSync(descriptor, last, 0, 1, size - 1);
    writeSync(descriptor, `${size > 0 && last[0] !== 0x0a ? '\n' : ''}${line}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The heads of a run (of every run without `run`) in the given files, oldest first; a missing file has none. */
export async function readHeads(
  files: readonly string[],
  run?: string,
): Promise<{ readonly heads: readonly KeptHead[]; readonly findings: readonly Finding[] }> {
  const heads: KeptHead[] = [];
  const findings: Finding[] = [];
  for (const file of new Set(files)) {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') continue;
      throw fromFileSystem(error, file);
    }
    for (const [index, line] of text.split('\n').entries()) {
      if (line === '') continue;
      const head = parseHead(line);
      if (head === undefined) {
        findings.push({
          ...errorFinding('input.malformed', 'this line is not a head', { file, line: index + 1 }),
          severity: 'warning',
        });
      } else if (run === undefined || head.run === run) {
        heads.push({ ...head, file });
      }
    }
  }
  return { heads, findings };
}

function parseHead(line: string): Head | undefined {
  try {
    const { out, ...head } = headSchema.parse(JSON.parse(line));
    return out === undefined ? head : { ...head, out };
  } catch {
    return undefined;
  }
}
