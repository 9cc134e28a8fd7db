import type { BidsDataset } from '../bids/dataset.js';
import type { DicomScan } from '../imaging/dicom-series.js';
import type { AdoptedFolder, DatasetSource } from '../planning/dataset-source.js';

/** Datasets that were indexed in this process: planning, showing and compiling look at the same one. */
export class Datasets implements DatasetSource {
  readonly #bids = new Map<string, Promise<BidsDataset>>();
  readonly #dicom = new Map<string, Promise<DicomScan>>();

  bids(root: string): Promise<BidsDataset> {
    return remember(this.#bids, root, async () =>
      (await import('../bids/index-dataset.js')).indexDataset(root),
    );
  }

  dicom(root: string): Promise<DicomScan> {
    return remember(this.#dicom, root, async () =>
      (await import('../imaging/dicom-series.js')).scanDicomFolder(root),
    );
  }

  async adopted(out: string): Promise<readonly AdoptedFolder[]> {
    const [{ readAdoptions }, { outputLayout }] = await Promise.all([
      import('../engine/adoption/adoption.js'),
      import('../engine/layout.js'),
    ]);
    return readAdoptions(outputLayout(out)).map(({ kind, root, units, refused }) => ({
      kind,
      root,
      folders: units.map(({ folder }) => folder),
      refused: refused.map(({ folder }) => folder),
    }));
  }

  /** Folders may have changed: the next question looks again. */
  forget(): void {
    this.#bids.clear();
    this.#dicom.clear();
  }
}

function remember<T>(known: Map<string, Promise<T>>, root: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(root);
  if (found !== undefined) return found;
  const making = make();
  known.set(root, making);
  making.catch(() => known.delete(root));
  return making;
}
