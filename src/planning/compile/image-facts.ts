import { join } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { sidecarFor } from '../../bids/inheritance.js';
import { readNiftiHeader, volumesOf, type NiftiHeader } from '../../imaging/nifti-header.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { DatasetSource } from '../dataset-source.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';

/** Beyond this the repetition times of header and sidecar are two different ones: both are written with float32 care. */
const TR_TOLERANCE_S = 0.001;

const CONCURRENCY = 16;

/** Sidecars and headers of the images of a stage, each read once. */
export class ImageFacts {
  readonly #dataset: BidsDataset;
  readonly #source: DatasetSource;
  readonly #findings: FindingList;
  readonly #sidecars = new Map<BidsFile, Promise<JsonObject>>();
  readonly #headers = new Map<BidsFile, NiftiHeader | undefined>();

  constructor(dataset: BidsDataset, source: DatasetSource, findings: FindingList) {
    this.#dataset = dataset;
    this.#source = source;
    this.#findings = findings;
  }

  /** Merged sidecar by the inheritance principle. */
  sidecar(file: BidsFile): Promise<JsonObject> {
    let reading = this.#sidecars.get(file);
    if (reading === undefined) {
      reading = sidecarFor(this.#dataset, file).then(({ values, findings }) => {
        this.#findings.add(...findings);
        return values;
      });
      this.#sidecars.set(file, reading);
    }
    return reading;
  }

  /** Reads the headers of items and cross-checks them with their sidecars. */
  async readHeaders(items: readonly Item[]): Promise<void> {
    const files = items.flatMap((item) =>
      item.source !== undefined && /\.nii(\.gz)?$/.test(item.source.extension) ? [item.source] : [],
    );
    let next = 0;
    const work = async (): Promise<void> => {
      for (let file = files[next++]; file !== undefined; file = files[next++]) await this.#readHeader(file);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  async #readHeader(file: BidsFile): Promise<void> {
    if (this.#headers.has(file)) return;
    this.#headers.set(file, undefined);
    const path = join(this.#dataset.root, file.path);
    try {
      const header = await (this.#source.header?.(path) ?? readNiftiHeader(path));
      this.#headers.set(file, header);
      await this.#checkRepetitionTime(file, header);
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      this.#findings.add(
        errorFinding(error.code, error.message, { ...error.place, file: file.path }, error.expected),
      );
    }
  }

  /** The header, where it was read and sound. */
  header(file: BidsFile): NiftiHeader | undefined {
    return this.#headers.get(file);
  }

  volumes(file: BidsFile): number | undefined {
    const header = this.#headers.get(file);
    return header === undefined ? undefined : volumesOf(header);
  }

  async #checkRepetitionTime(file: BidsFile, header: NiftiHeader): Promise<void> {
    const said = (await this.sidecar(file))['RepetitionTime'];
    const measured = header.repetitionTimeS;
    if (typeof said !== 'number' || measured === undefined) return;
    if (Math.abs(said - measured) <= TR_TOLERANCE_S) return;
    const milliseconds = Math.abs(said / 1000 - measured) <= TR_TOLERANCE_S;
    this.#findings.add(
      errorFinding(
        'input.invalid',
        `the sidecar of ${file.path} says RepetitionTime ${said} s, its header ${Number(measured.toPrecision(7))} s`,
        { file: file.path, field: 'RepetitionTime' },
        milliseconds ? 'seconds in the sidecar, not milliseconds' : 'the same within 1 ms',
      ),
    );
  }

  /** The image has as many dimensions as a tool needs, and enough volumes. */
  checkShape(
    file: BidsFile,
    need: { readonly dimensions?: 3 | 4 | undefined; readonly minimumVolumes?: number | undefined },
    step: string,
  ): void {
    const header = this.#headers.get(file);
    if (header === undefined) return;
    const volumes = volumesOf(header);
    const say = (message: string, expected: string): void =>
      this.#findings.add(
        errorFinding('plan.cannot', `${file.path} ${message}`, { file: file.path }, expected),
      );
    const shape = header.dims.join(' x ');
    if (need.dimensions === 4 && volumes === 1) {
      say(`is one volume (${shape})`, `a time series (4D): step ${step} works over time`);
      return;
    }
    if (need.dimensions === 3 && volumes > 1) {
      say(`has ${volumes} volumes (${shape})`, `one volume (3D) for step ${step}`);
      return;
    }
    if (need.minimumVolumes !== undefined && volumes < need.minimumVolumes)
      say(
        `has ${volumes} volumes`,
        `at least ${need.minimumVolumes}: too few to estimate what step ${step} removes`,
      );
  }
}
