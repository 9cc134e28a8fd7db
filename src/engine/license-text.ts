import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { licenseSecrets } from '../config/secrets.js';
import { licenseToolPath } from '../environments/license-file.js';
import type { InputMount } from '../environments/runtime.js';
import { nodeErrorCode } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { redactedMark, redactSecrets, secretPattern } from '../trace/redact.js';
import type { StoredOutput } from './store.js';

/** Larger files are data: no tool writes its licence among a hundred million numbers. */
const LARGEST_TEXT = 64 * 1024 * 1024;
/** Ends of names of files that hold no text that a person reads. */
const BINARY = /\.(nii|gz|mgz|mgh|mif|tck|png|jpe?g|pklz|pkl|h5|nc|zip|tar)$/i;

/**
 * The text of the licence file that a job was given, held by what came out of the tool. Tools see the file, and some
 * print what they read: it leaves no log and enters no store.
 */
export class LicenseText {
  readonly #secrets: readonly string[];
  /** Short lines, such as the number of a licence, where they stand alone. */
  readonly #short: RegExp | undefined;

  private constructor(text: string) {
    this.#secrets = licenseSecrets(text);
    const short = text
      .split(/\s+/)
      .filter((word) => /^\w{4,}$/.test(word) && !this.#secrets.some((line) => line.includes(word)));
    this.#short =
      short.length === 0 ? undefined : new RegExp(`(?<![\\w.])(?:${short.join('|')})(?![\\w.])`, 'g');
  }

  /** Undefined where the job has no licence file, or nobody can read it here. */
  static async of(mounts: readonly InputMount[]): Promise<LicenseText | undefined> {
    const file = mounts.find(({ toolPath }) => toolPath === licenseToolPath)?.hostPath;
    if (file === undefined) return undefined;
    try {
      return new LicenseText(await readFile(file, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Takes it out of logs, line by line, and with it the numbers beside it; files that do not hold it stay untouched. */
  async hideIn(files: readonly string[]): Promise<void> {
    for (const file of files) {
      if (!(await this.#isIn(file))) continue;
      const whole = redactSecrets(await readFile(file, 'utf8'), this.#secrets);
      const changed = `${file}.redacted`;
      await writeFile(changed, this.#short === undefined ? whole : whole.replace(this.#short, redactedMark));
      await rename(changed, file);
    }
  }

  /** A finding for each output with it. */
  async findIn(outputs: readonly StoredOutput[], folder: string): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const { path } of outputs.flatMap(({ files }) => files))
      if (!BINARY.test(path) && (await this.#isIn(join(folder, path))))
        findings.push({
          code: 'output.license',
          severity: 'error',
          message: `${path} holds text of the licence file`,
          expected: 'results that can be given away',
        });
    return findings;
  }

  async #isIn(file: string): Promise<boolean> {
    const pattern = secretPattern(this.#secrets);
    if (pattern === undefined) return false;
    try {
      if ((await stat(file)).size > LARGEST_TEXT) return false;
      let before = '';
      for await (const chunk of createReadStream(file, 'utf8')) {
        // A line may lie across two chunks.
        const text = before + String(chunk);
        if (text.search(pattern) >= 0) return true;
        before = text.slice(-1024);
      }
    } catch (error) {
      if (nodeErrorCode(error) !== 'ENOENT') throw error;
    }
    return false;
  }
}
