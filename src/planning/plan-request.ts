import type { SeriesMap } from './dicom/series-map.js';

/** A participant that a person wants left out of everything, and why. */
export interface Exclusion {
  /** Label without `sub-`. */
  readonly participant: string;
  readonly reason: string;
}

/** What a person wants done with which data. Paths are absolute. */
export interface PlanRequest {
  readonly wish: string;
  /** What was said after it and changes it, in order: `without smoothing`, `only sub-01`, the choice of a pipeline. */
  readonly amendments?: readonly string[];
  /** A BIDS dataset, or a folder of DICOMs. */
  readonly data: string;
  readonly out: string;
  /** Labels without `sub-`. */
  readonly participants?: readonly string[];
  readonly session?: string;
  /** YAML or JSON that names DICOM series. */
  readonly map?: string;
  /** DICOM series that were named in answers, over those of `map`. */
  readonly series?: SeriesMap;
  /** Left out unless the wish names them. */
  readonly exclude?: readonly Exclusion[];
  /** Values of pipeline parameters, as text, where the wish says none. */
  readonly prefer?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}
