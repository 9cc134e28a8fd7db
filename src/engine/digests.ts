import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync, type BigIntStats } from 'node:fs';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { JsonLines } from './jsonl.js';

const SMALL_FILE = 1_048_576;
/** A change within the granularity of the clock would keep every field of the stat: such entries are not kept. */
const SETTLED_NS = 2_000_000_000n;

interface Remembered {
  readonly stamp: string;
  readonly sha256: string;
}

/**
 * SHA-256 of files, memoised over runs by device, inode, size, mtime and ctime in nanoseconds, so that a second run
 * over a terabyte of scans costs one stat per file. Entries whose ctime is less than two seconds before hashing, or
 * in the future, are not kept.
 */
export class FileDigests {
  readonly #lines: JsonLines;
  readonly #known = new Map<string, Remembered>();
  readonly #underWay = new Map<string, Promise<string>>();

  constructor(path: string) {
    this.#lines = new JsonLines(path);
    for (const line of this.#lines.read()) {
      const { file, stamp, sha256 } = line;
      if (typeof file === 'string' && typeof stamp === 'string' && typeof sha256 === 'string') {
        this.#known.set(file, { stamp, sha256 });
      }
    }
  }

  /**
   * Lower-case hex SHA-256 of the content of a file.
   * Throws input.not-found, input.unreadable, or input.changed when the file changes while it is read.
   */
  async of(path: string): Promise<string> {
    const before = statFile(path);
    const identity = `${before.dev}:${before.ino}`;
    const stamp = stampOf(before);
    const remembered = this.#known.get(identity);
    if (remembered?.stamp === stamp) return remembered.sha256;
    const shared = `${identity}:${stamp}`;
    let hashing = this.#underWay.get(shared);
    if (hashing === undefined) {
      hashing = this.#hash(path, before, identity, stamp).finally(() => this.#underWay.delete(shared));
      this.#underWay.set(shared, hashing);
    }
    return hashing;
  }

  async #hash(path: string, before: BigIntStats, identity: string, stamp: string): Promise<string> {
    const started = BigInt(Date.now()) * 1_000_000n;
    const sha256 = await hashFile(path, Number(before.size));
    if (stampOf(statFile(path)) !== stamp) {
      throw new NeuroClawError('input.changed', `${path} changed while it was read`, {
        place: { file: path },
      });
    }
    if (started - before.ctimeNs >= SETTLED_NS) {
      this.#known.set(identity, { stamp, sha256 });
      this.#lines.append({ file: identity, stamp, sha256 });
    }
    return sha256;
  }

  flush(): void {
    this.#lines.flush();
  }

  close(): void {
    this.#lines.close();
  }
}

function statFile(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

function stampOf(stats: BigIntStats): string {
  return `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

async function hashFile(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  try {
    if (size <= SMALL_FILE) hash.update(readFileSync(path));
    else
      for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 }))
        hash.update(chunk as Buffer);
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  return hash.digest('hex');
}
