import { isPhaseImage, seriesKey, type DicomSeries } from '../../imaging/dicom-series.js';

/** What the rules look at: names as tokens, and what the header says of the sequence. */
export interface SeriesFacts {
  readonly series: DicomSeries;
  /** Protocol name and series description, lower case. */
  readonly text: string;
  /** The words of it: split at anything but letters and digits. */
  readonly words: ReadonlySet<string>;
  /** Upper case. */
  readonly imageType: ReadonlySet<string>;
  readonly isEpi: boolean;
  readonly isGradientEcho: boolean;
  readonly isPhase: boolean;
  /** Number of the echo, of a series with several. */
  readonly echo: string | undefined;
  /** Diffusion-weighted: a b-value above 50 s/mm^2 in a header. */
  readonly isWeighted: boolean;
  /** Phase-encoding direction as the name says it: AP, PA, LR, RL. */
  readonly direction: string | undefined;
  /** The same as the header says it, where a maker says it at all. */
  readonly measured: string | undefined;
  /** From `task-NAME`, or rest for the many spellings of resting state. */
  readonly task: string | undefined;
  readonly run: string | undefined;
  readonly isReference: boolean;
}

export function seriesFacts(series: DicomSeries): SeriesFacts {
  const { header } = series;
  const names = [series.protocolName, series.description].filter((name) => name !== '');
  const text = [...new Set(names)].join(' ').toLowerCase();
  const sequence = header.sequenceName.toLowerCase();
  const scanning = header.scanningSequence.toUpperCase();
  const imageType = new Set(header.imageType.map((part) => part.toUpperCase()));
  return {
    series,
    text,
    words: new Set(text.split(/[^a-z0-9]+/).filter((word) => word !== '')),
    imageType,
    isEpi: /\bEP\b/.test(scanning) || /^\*?ep/.test(sequence),
    isGradientEcho:
      /fid/.test(sequence) ||
      /\bGR\b/.test(scanning) ||
      (/\bEP\b/.test(scanning) && !/\bSE\b/.test(scanning) && !/^\*?ep_b|epse/.test(sequence)),
    isPhase: isPhaseImage(header),
    echo: series.part?.echo === undefined ? undefined : String(series.part.echo),
    isWeighted: series.bValues.some((b) => b > 50),
    direction: directionOf(names),
    measured: header.phaseEncoding,
    task: taskOf(names),
    run: /(?:^|[^a-z])run[-_ ]?0*([1-9][0-9]*)(?![0-9])/i.exec(text)?.[1],
    isReference: /sb[-_ ]?ref/.test(text) || /single[-_ ]?band[-_ ]?ref/.test(text),
  };
}

function directionOf(names: readonly string[]): string | undefined {
  for (const name of names) {
    const match = /(?:^|[^A-Za-z])(?:dir|pe|PE|Dir|DIR)?[-_= ]?(AP|PA|LR|RL|ap|pa|lr|rl)(?![A-Za-z])/.exec(
      name,
    );
    if (match?.[1] !== undefined) return match[1].toUpperCase();
  }
  return undefined;
}

function taskOf(names: readonly string[]): string | undefined {
  for (const name of names) {
    const named = /(?:^|[^A-Za-z])task-([A-Za-z0-9]+)/.exec(name)?.[1];
    if (named !== undefined) return named;
  }
  const rest =
    /(?:^|[^a-z])(?:rest|resting|resting[-_ ]?state|rs[-_ ]?fmri|rsfmri|rs[-_ ]?bold|rsfc)(?![a-z])/i;
  return names.some((name) => rest.test(name)) ? 'rest' : undefined;
}

/** `series 7 (Rest_fMRI_AP, 2 files)`. */
export function describeSeries(series: DicomSeries): string {
  const name = series.description === '' ? series.protocolName : series.description;
  return `series ${seriesKey(series)} (${name === '' ? 'no name' : name}, ${series.files.length} ${series.files.length === 1 ? 'file' : 'files'})`;
}
