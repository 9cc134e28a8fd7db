import { orientationOf, type Affine } from '../imaging/affine.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';

/** What a derivation may use besides its arguments. */
export interface DerivationContext {
  /** A value of the sidecar of the role it is `of`; recorded with the job, because the result depends on it. */
  readonly sidecar: (key: string) => JsonValue | undefined;
  /** Number of volumes of that image, where its header was read. */
  readonly volumes: number | undefined;
  /** Labels of the participants of the stage, with those that the dataset holds already. */
  readonly participants: readonly string[];
  /** Sidecar keys that the naming of a DICOM series adds. */
  readonly additions: JsonObject;
  /** Of the item that the step runs for, by short key. */
  readonly entities: Readonly<Record<string, string>>;
  /** Voxel to world of the image it is `of`, where its header was read. */
  readonly affine: Affine | undefined;
  /** Names of the files of the role it is `of`; of a folder, what lies in it. */
  readonly names: readonly string[];
}

export type Derived =
  | { readonly value: JsonValue; readonly warning?: string }
  | { readonly problem: string; readonly expected: string };

export interface Derivation {
  /** What it computes, with units and source. */
  readonly about: string;
  /** Names of arguments; those ending in `?` may be left out. */
  readonly args: readonly string[];
  /** Sidecar keys that it reads. */
  readonly sidecar: readonly string[];
  readonly compute: (args: JsonObject, context: DerivationContext) => Derived;
}

/** FWHM of a Gaussian is 2 sqrt(2 ln 2) sigma. */
export const FWHM_PER_SIGMA = 2 * Math.sqrt(2 * Math.LN2);

const table: Readonly<Record<string, Derivation>> = {
  'sigma-from-fwhm': {
    about:
      'Sigma (mm) of a Gaussian from its full width at half maximum (mm): FWHM / (2 sqrt(2 ln 2)), from exp(-x^2 / (2 sigma^2)) = 1/2.',
    args: ['fwhm_mm'],
    sidecar: [],
    compute: (args) => {
      const fwhm = args['fwhm_mm'];
      if (typeof fwhm !== 'number' || !(fwhm > 0))
        return { problem: `the full width at half maximum is ${String(fwhm)}`, expected: 'mm, above 0' };
      return { value: rounded(fwhm / FWHM_PER_SIGMA) };
    },
  },
  pair: {
    about: 'Two numbers as a list, such as the edges of a band or of a window.',
    args: ['first', 'second'],
    sidecar: [],
    compute: (args) => {
      const [first, second] = [args['first'], args['second']];
      if (typeof first === 'number' && typeof second === 'number' && first < second)
        return { value: [first, second] };
      return {
        problem: `${String(first)} to ${String(second)} is no interval`,
        expected: 'the first below the second',
      };
    },
  },
  not: {
    about: 'The opposite of a switch: for programs whose option turns something off.',
    args: ['value'],
    sidecar: [],
    compute: (args) =>
      typeof args['value'] === 'boolean'
        ? { value: !args['value'] }
        : { problem: `${String(args['value'])} is no switch`, expected: 'true or false' },
  },
  words: {
    about:
      'A text as a list: words between commas, without the spaces around them; an empty text gives an empty list.',
    args: ['text'],
    sidecar: [],
    compute: (args) => {
      const text = typeof args['text'] === 'string' ? args['text'] : '';
      const list = text.split(',').map((word) => word.trim());
      return { value: list.filter((word) => word !== '') };
    },
  },
  'slice-axis': {
    about:
      'Axis along which slices were taken, `k` where SliceEncodingDirection is not there (its default in BIDS); `-` turns the order of SliceTiming round.',
    args: [],
    sidecar: ['SliceEncodingDirection'],
    compute: (_args, context) => ({ value: context.sidecar('SliceEncodingDirection') ?? 'k' }),
  },
  'whole-numbers': {
    about: 'A text of whole numbers between commas, such as labels of regions, as a list.',
    args: ['text'],
    sidecar: [],
    compute: (args) => {
      const text = typeof args['text'] === 'string' ? args['text'] : '';
      const words = text.split(',').map((word) => word.trim());
      const wrong = words.find((word) => !/^\d+$/.test(word));
      if (wrong === undefined) return { value: words.map(Number) };
      return {
        problem: wrong === '' ? 'no number is given' : `${wrong} is no whole number`,
        expected: 'whole numbers between commas: 8,47',
      };
    },
  },
  'phase-encoding': {
    about:
      'Direction of phase encoding as MRtrix3 names it (AP, PA, LR, RL, IS, SI), from PhaseEncodingDirection along the voxel axes as they are stored and the affine: MRtrix3 turns axes round when it reads an image, so that their letters would mean another direction.',
    args: [],
    sidecar: ['PhaseEncodingDirection'],
    compute: (_args, { sidecar, affine }) => {
      const said = sidecar('PhaseEncodingDirection');
      const match = typeof said === 'string' ? /^([ijk])(-?)$/.exec(said) : null;
      if (match === null)
        return {
          problem:
            said === undefined
              ? 'PhaseEncodingDirection is missing in the sidecar'
              : `PhaseEncodingDirection is ${JSON.stringify(said)}`,
          expected: 'i, i-, j, j-, k or k-',
        };
      if (affine === undefined)
        return {
          problem: 'the header of the image was not read',
          expected: 'an image with a place in space',
        };
      const { axis, flip } = orientationOf(affine);
      const voxel = 'ijk'.indexOf(match[1] ?? 'i') as 0 | 1 | 2;
      const forward = (match[2] === '') !== flip[voxel];
      const names = [
        ['LR', 'RL'],
        ['PA', 'AP'],
        ['IS', 'SI'],
      ][axis[voxel]];
      return { value: names?.[forward ? 0 : 1] ?? '' };
    },
  },
  'line-frequency': {
    about:
      'PowerLineFrequency (Hz) of a recording; 0, which leaves line noise out, where it is n/a or too near to half the sampling rate to be seen.',
    args: [],
    sidecar: ['PowerLineFrequency', 'SamplingFrequency'],
    compute: (_args, context) => {
      const [line, rate] = [context.sidecar('PowerLineFrequency'), context.sidecar('SamplingFrequency')];
      if (typeof line !== 'number') return { value: 0 };
      return { value: typeof rate === 'number' && line > rate / 2 - 4 ? 0 : line };
    },
  },
  'high-pass-sigma-volumes': {
    about:
      "Sigma (volumes) of a high-pass from its cut-off period (s): period / (2 TR), FSL's convention for fslmaths -bptf (FEAT, featlib.tcl: hp_sigma = paradigm_hp / (2 TR)). 0 s switches it off: -1.",
    args: ['period_s'],
    sidecar: ['RepetitionTime'],
    compute: (args, context) => {
      const period = args['period_s'];
      if (typeof period !== 'number' || !(period >= 0))
        return { problem: `the cut-off period is ${String(period)}`, expected: 's, above 0; 0 is off' };
      if (period === 0) return { value: -1 };
      const tr = repetitionTime(context);
      if (typeof tr !== 'number') return tr;
      if (period <= 2 * tr)
        return {
          problem: `a high-pass at ${period} s would remove everything: a repetition time of ${tr} s shows no period below ${rounded(2 * tr)} s (Nyquist)`,
          expected: `a period above ${rounded(2 * tr)} s, such as 100 s; 0 switches it off`,
        };
      const length = context.volumes === undefined ? undefined : context.volumes * tr;
      const value = rounded(period / (2 * tr));
      if (length === undefined || period <= length) return { value };
      return {
        value,
        warning: `a high-pass at ${period} s removes little: the run lasts ${rounded(length)} s`,
      };
    },
  },
  'low-pass-sigma-volumes': {
    about:
      "Sigma (volumes) of a low-pass from its cut-off (Hz): 1 / (2 TR f), FSL's convention for fslmaths -bptf. 0 Hz switches it off: -1.",
    args: ['cutoff_hz', 'high_pass_s?'],
    sidecar: ['RepetitionTime'],
    compute: (args, context) => {
      const cutoff = args['cutoff_hz'];
      if (typeof cutoff !== 'number' || !(cutoff >= 0))
        return { problem: `the cut-off is ${String(cutoff)}`, expected: 'Hz, above 0; 0 is off' };
      if (cutoff === 0) return { value: -1 };
      const tr = repetitionTime(context);
      if (typeof tr !== 'number') return tr;
      const nyquist = 1 / (2 * tr);
      if (cutoff >= nyquist)
        return {
          problem: `a low-pass at ${cutoff} Hz lies beyond Nyquist: a repetition time of ${tr} s shows nothing above ${rounded(nyquist)} Hz`,
          expected: `below ${rounded(nyquist)} Hz; 0 switches it off`,
        };
      const period = args['high_pass_s'];
      if (typeof period === 'number' && period > 0 && cutoff <= 1 / period)
        return {
          problem: `the band is empty: high-pass at ${period} s (${rounded(1 / period)} Hz), low-pass at ${cutoff} Hz`,
          expected: `a low-pass above ${rounded(1 / period)} Hz`,
        };
      return { value: rounded(1 / (2 * tr * cutoff)) };
    },
  },
  participants: {
    about: 'Labels of the participants of the stage and of the dataset that it publishes into.',
    args: [],
    sidecar: [],
    compute: (_args, context) => ({ value: context.participants }),
  },
  'subject-name': {
    about:
      'Name of a subject of FreeSurfer: sub-01, with sessions sub-01_ses-pre, as fMRIPrep names them; `suffix` sets a template apart from its time points (sub-01_base), `of_participant` leaves the session out.',
    args: ['suffix?', 'of_participant?'],
    sidecar: [],
    compute: (args, { entities: { sub, ses } }) => {
      if (sub === undefined)
        return { problem: 'the step runs for no participant', expected: 'a step with for_each' };
      const suffix = typeof args['suffix'] === 'string' ? `_${args['suffix']}` : '';
      const session = ses === undefined || args['of_participant'] === true ? '' : `_ses-${ses}`;
      return { value: `sub-${sub}${session}${suffix}` };
    },
  },
  'participant-label': {
    about: 'Label of the participant without `sub-`, as BIDS Apps take it.',
    args: [],
    sidecar: [],
    compute: (_args, { entities: { sub } }) =>
      sub === undefined
        ? { problem: 'the step runs for no participant', expected: 'a step with for_each' }
        : { value: sub },
  },
  names: {
    about: 'Names of what a role is given, in order: of folders side by side, those of the folders.',
    args: [],
    sidecar: [],
    compute: (_args, { names }) => ({ value: names }),
  },
  'sidecar-additions': {
    about: 'Keys that the naming of a DICOM series adds to its sidecar, as JSON text.',
    args: [],
    sidecar: [],
    compute: (_args, context) => ({ value: JSON.stringify(context.additions) }),
  },
};

export const derivations: ReadonlyMap<string, Derivation> = new Map(Object.entries(table));

function repetitionTime(context: DerivationContext): number | { problem: string; expected: string } {
  const tr = context.sidecar('RepetitionTime');
  if (typeof tr === 'number' && Number.isFinite(tr) && tr > 0) return tr;
  return {
    problem:
      tr === undefined
        ? 'RepetitionTime is missing in the sidecar'
        : `RepetitionTime is ${JSON.stringify(tr)} in the sidecar`,
    expected: 'RepetitionTime in s, above 0: the header is a cross-check, never a substitute',
  };
}

/** Nine significant digits: arguments stay readable, and far below what a filter can tell apart. */
function rounded(value: number): number {
  return Number(value.toPrecision(9));
}
