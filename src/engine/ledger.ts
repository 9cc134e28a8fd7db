import type { JsonObject } from '../kernel/json.js';
import { JsonLines } from './jsonl.js';

/** The last committed key of each job, and what it took: for `explain` and forecasts. Derived state, never a key. */
export interface LedgerLine {
  readonly job: string;
  readonly skill: string;
  readonly key: string;
  readonly run: string;
  /** Seconds the tool ran. */
  readonly wallS: number;
  /** Bytes of all inputs. */
  readonly inputBytes: number;
}

export class Ledger {
  readonly #lines: JsonLines;
  readonly #last = new Map<string, LedgerLine>();

  constructor(path: string) {
    this.#lines = new JsonLines(path);
    for (const record of this.#lines.read()) {
      const line = parseLine(record);
      if (line !== undefined) this.#last.set(line.job, line);
    }
  }

  last(job: string): LedgerLine | undefined {
    return this.#last.get(job);
  }

  lines(): LedgerLine[] {
    return [...this.#last.values()];
  }

  record(line: LedgerLine): void {
    if (this.#last.get(line.job)?.key === line.key) return;
    this.#last.set(line.job, line);
    this.#lines.append({ ...line });
  }

  close(): void {
    this.#lines.close();
  }

  flush(): void {
    this.#lines.flush();
  }
}

function parseLine(record: JsonObject): LedgerLine | undefined {
  const { job, skill, key, run, wallS, inputBytes } = record;
  if (typeof job !== 'string' || typeof skill !== 'string' || typeof key !== 'string') return undefined;
  if (typeof run !== 'string' || typeof wallS !== 'number' || typeof inputBytes !== 'number')
    return undefined;
  return { job, skill, key, run, wallS, inputBytes };
}
