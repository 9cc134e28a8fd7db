import { readFile, stat } from 'node:fs/promises';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { readNumberRows } from '../imaging/gradients.js';
import { openFif, type FifRecording } from '../imaging/fif.js';
import { readMifHeader, type MifHeader } from '../imaging/mif-header.js';
import { scanMif } from '../imaging/mif-voxels.js';
import { readNiftiHeader, type NiftiHeader } from '../imaging/nifti-header.js';
import { openRecording } from '../imaging/open-recording.js';
import type { Recording } from '../imaging/recording.js';
import { scanTracts, type TractogramFacts } from '../imaging/scan-tracts.js';
import { scanVoxels, type VoxelScan } from '../imaging/scan-voxels.js';
import type { CheckSubject } from './subject.js';

/** Bytes. JSON and tables are read whole; a larger one is something else, or went wrong. */
const TEXT_LIMIT = 100_000_000;

/** What is known of files during one verification: each is opened, decompressed and scanned once, however many checks ask. */
export class FileFacts {
  readonly #known = new Map<string, Promise<unknown>>();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  header(path: string): Promise<NiftiHeader> {
    return this.#once(`header ${path}`, () => readNiftiHeader(path));
  }

  scan(path: string): Promise<VoxelScan> {
    return this.#once(`scan ${path}`, async () => scanVoxels(await this.header(path), this.#signal));
  }

  mif(path: string): Promise<MifHeader> {
    return this.#once(`mif ${path}`, () => readMifHeader(path));
  }

  scanMif(path: string): Promise<VoxelScan> {
    return this.#once(`scan ${path}`, async () => scanMif(await this.mif(path), this.#signal));
  }

  tracts(path: string): Promise<TractogramFacts> {
    return this.#once(`tracts ${path}`, () => scanTracts(path, this.#signal));
  }

  /** A continuous recording in FIF. */
  fif(path: string): Promise<FifRecording> {
    return this.#once(`fif ${path}`, () => openFif(path));
  }

  /** A continuous recording of any format that is read here; undefined for others. */
  recording(path: string): Promise<Recording | undefined> {
    return this.#once(`recording ${path}`, () => openRecording(path));
  }

  text(path: string): Promise<string> {
    return this.#once(`text ${path}`, async () => {
      if ((await this.size(path)) > TEXT_LIMIT) {
        throw new NeuroClawError('input.malformed', `${path} is too large for a text file`, {
          place: { file: path },
          expected: `at most ${TEXT_LIMIT / 1e6} MB`,
        });
      }
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
      } catch (error) {
        if (error instanceof TypeError)
          throw new NeuroClawError('input.malformed', `${path} is not UTF-8 text`, { place: { file: path } });
        throw fromFileSystem(error, path);
      }
    });
  }

  json(path: string): Promise<unknown> {
    return this.#once(`json ${path}`, async () => {
      const text = await this.text(path);
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        throw new NeuroClawError('input.malformed', `${path} is not JSON: ${(error as Error).message}`, {
          place: { file: path },
          expected: 'JSON (no comments, no NaN)',
        });
      }
    });
  }

  numbers(path: string): ReturnType<typeof readNumberRows> {
    return this.#once(`numbers ${path}`, () => readNumberRows(path));
  }

  size(path: string): Promise<number> {
    return this.#once(`size ${path}`, async () => {
      try {
        return (await stat(path)).size;
      } catch (error) {
        throw fromFileSystem(error, path);
      }
    });
  }

  #once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined) return known as Promise<T>;
    const making = make();
    this.#known.set(key, making);
    return making;
  }
}

/** Path of an input role or of another output, by its id in the contract. Throws param.invalid when there is none. */
export function pathOf(subject: CheckSubject, id: string): string {
  const path = subject.outputs[id] ?? subject.inputs[id]?.[0];
  if (path === undefined) {
    throw new NeuroClawError(
      'param.invalid',
      `a check of ${subject.output} names ${id}, which is neither input nor output`,
      {
        expected: [...Object.keys(subject.inputs), ...Object.keys(subject.outputs)].join(', '),
      },
    );
  }
  return path;
}
