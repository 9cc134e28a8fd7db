import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import { sha256, type JsonObject } from '../kernel/json.js';
import type { FileDigests } from './digests.js';
import { JsonLines } from './jsonl.js';
import type { OutputLayout } from './layout.js';

/** One file of a published dataset, and the committed content it must have. */
export interface Publication {
  /** Relative to the output folder. */
  readonly path: string;
  readonly job: string;
  readonly sha256: string;
  /** A committed file, or text that follows from the job (sidecars). */
  readonly content: { readonly file: string } | { readonly text: string };
}

export type PublishResult = 'unchanged' | 'published' | 'replaced' | 'repaired';

/** Puts committed files into the BIDS datasets of an output folder, and notices when they were edited since. */
export class Publisher {
  readonly #layout: OutputLayout;
  readonly #digests: FileDigests;
  readonly #hardLinks: boolean;
  readonly #lines: JsonLines;
  /** Published path -> digest that was published. */
  readonly #published = new Map<string, string>();

  constructor(layout: OutputLayout, digests: FileDigests, hardLinks: boolean) {
    this.#layout = layout;
    this.#digests = digests;
    this.#hardLinks = hardLinks;
    this.#lines = new JsonLines(layout.published);
    for (const { path, sha256: digest } of this.#lines.read()) {
      if (typeof path === 'string' && typeof digest === 'string') this.#published.set(path, digest);
    }
  }

  /**
   * Makes the published file hold the committed content. A file that somebody edited is moved to `.neuroclaw/damaged`
   * first; a file that we did not publish is never overwritten.
   */
  async publish(publication: Publication): Promise<PublishResult> {
    const target = join(this.#layout.out, publication.path);
    const before = this.#published.get(publication.path);
    const present = await this.#digestIfPresent(target);
    if (present === publication.sha256) {
      if (before !== publication.sha256) this.#remember(publication);
      return before === publication.sha256 ? 'unchanged' : 'published';
    }
    if (present !== undefined && before === undefined) {
      throw new NeuroClawError(
        'plan.conflict',
        `${publication.path} is in the output folder already and is not ours`,
        {
          place: { file: target, job: publication.job },
          hint: 'move that file away, or choose another output folder',
        },
      );
    }
    const edited = present !== undefined && present !== before;
    if (edited) await this.#setAside(target);
    await this.#write(publication, target);
    this.#remember(publication);
    if (edited || (before === publication.sha256 && present === undefined)) return 'repaired';
    return before === undefined ? 'published' : 'replaced';
  }

  flush(): void {
    this.#lines.flush();
  }

  close(): void {
    this.#lines.close();
  }

  #remember(publication: Publication): void {
    this.#published.set(publication.path, publication.sha256);
    const record: JsonObject = { path: publication.path, sha256: publication.sha256, job: publication.job };
    this.#lines.append(record);
  }

  async #digestIfPresent(target: string): Promise<string | undefined> {
    if (!existsSync(target)) return undefined;
    return this.#digests.of(target);
  }

  async #setAside(target: string): Promise<void> {
    await mkdir(this.#layout.damaged, { recursive: true });
    await rename(target, join(this.#layout.damaged, `${Date.now().toString(36)}-${basename(target)}`));
  }

  /** Written in scratch and renamed, so that no half-written file is ever seen. Not flushed: it can be made again. */
  async #write(publication: Publication, target: string): Promise<void> {
    await mkdir(dirname(target), { recursive: true });
    const temporary = join(this.#layout.scratch, `${randomBytes(8).toString('hex')}.publish`);
    const { content } = publication;
    try {
      if ('text' in content) await writeFile(temporary, content.text, { flag: 'wx' });
      else if (this.#hardLinks) await link(content.file, temporary);
      else await copyFile(content.file, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await rename(temporary, target);
    } catch (error) {
      await unlink(temporary).catch((unlinkError: unknown) => {
        if (nodeErrorCode(unlinkError) !== 'ENOENT') throw unlinkError;
      });
      throw error;
    }
  }
}

/** A publication of text. */
export function textPublication(path: string, job: string, text: string): Publication {
  return { path, job, sha256: sha256(text), content: { text } };
}
