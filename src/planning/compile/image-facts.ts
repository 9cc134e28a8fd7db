import { join } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { sidecarFor, type Sidecar } from '../../bids/inheritance.js';
import type { Affine } from '../../imaging/affine.js';
import { gridOf, volumesOf, type NiftiHeader } from '../../imaging/nifti-header.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { InputLooks } from '../check-inputs.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';

/** Beyond this the repetition times of header and sidecar are two different ones: both are written with float32 care. */
const TR_TOLERANCE_S = 0.001;

const CONCURRENCY = 16;

/** Sidecars and headers of the images of a stage, each read once. */
export class ImageFacts {
  readonly #dataset: BidsDataset;
  readonly #looks: InputLooks;
  readonly #findings: FindingList;
  readonly #sidecars = new Map<BidsFile, Promise<Sidecar>>();
  readonly #headers = new Map<BidsFile, NiftiHeader | undefined>();

  constructor(dataset: BidsDataset, looks: InputLooks, findings: FindingList) {
    this.#dataset = dataset;
    this.#looks = looks;
    this.#findings = findings;
  }

  /** Values of the merged sidecar. */
  async sidecar(file: BidsFile): Promise<JsonObject> {
    return (await this.merged(file)).values;
  }

  /** The sidecar merged by the inheritance principle, and the files that it was merged of. */
  merged(file: BidsFile): Promise<Sidecar> {
    let reading = this.#sidecars.get(file);
    if (reading === undefined) {
      reading = sidecarFor(this.#dataset, file).then((sidecar) => {
        this.#findings.add(...sidecar.findings);
        return sidecar;
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
      const header = await this.#looks.header(path);
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

  /** Voxel to world. */
  affine(file: BidsFile): Affine | undefined {
    const header = this.#headers.get(file);
    return header === undefined ? undefined : gridOf(header).affine;
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

  /** The image has enough slices, along its third axis. */
  checkSlices(file: BidsFile, minimum: number | undefined, pipeline: string): void {
    const slices = this.#headers.get(file)?.dims[2];
    if (slices === undefined || minimum === undefined || slices >= minimum) return;
    this.#findings.add(
      errorFinding(
        'plan.cannot',
        `${file.path} has ${slices === 1 ? 'a single slice' : `${slices} slices`}`,
        { file: file.path },
        `at least ${minimum}, for ${pipeline}`,
      ),
    );
  }

  /** The image has enough volumes. */
  checkVolumes(file: BidsFile, minimum: number | undefined, step: string): void {
    const header = this.#headers.get(file);
    if (header === undefined || minimum === undefined) return;
    const volumes = volumesOf(header);
    // One volume where a series is due is told of the role.
    if (volumes === 1 || volumes >= minimum) return;
    this.#findings.add(
      errorFinding(
        'plan.cannot',
        `${file.path} has ${volumes} volumes`,
        { file: file.path },
        `at least ${minimum}: too few to estimate what step ${step} removes`,
      ),
    );
  }
}
