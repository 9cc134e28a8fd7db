import type { BidsDataset } from '../bids/dataset.js';
import type { DicomScan } from '../imaging/dicom-series.js';
import type { NiftiHeader } from '../imaging/nifti-header.js';

/** A folder of results that was adopted, as far as planning needs to know. */
export interface AdoptedFolder {
  readonly kind: 'freesurfer' | 'bids';
  /** Absolute path. */
  readonly root: string;
  /** Folders of participants or subjects that were adopted. */
  readonly folders: readonly string[];
  /** And those that were refused. */
  readonly refused: readonly string[];
}

/** The port through which planning sees data. All paths are absolute; errors are NeuroClawErrors of class input. */
export interface DatasetSource {
  /** Indexes a dataset as it is now: what an earlier stage published since the last call is in it. */
  bids(root: string): Promise<BidsDataset>;
  /** Finds the DICOM series below a folder. */
  dicom(root: string): Promise<DicomScan>;
  /** Header of a NIfTI file; readNiftiHeader where the source does not say otherwise. */
  header?(path: string): Promise<NiftiHeader>;
  /** What was adopted in an output folder; nothing where the source does not say. */
  adopted?(out: string): Promise<readonly AdoptedFolder[]>;
}
