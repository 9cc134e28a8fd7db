import type { BidsFile } from '../../bids/dataset.js';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { FindingList } from './finding-list.js';
import type { ImageFacts } from './image-facts.js';
import { numbersOf, shown } from './sidecar-values.js';

interface World {
  readonly images: ImageFacts;
  readonly parameters: JsonObject;
  readonly findings: FindingList;
}

type Say = (field: string, message: string, expected: string) => void;

/** Frames that begin this much (s) before the last one ended overlap: written times are rounded. */
const TOLERANCE_S = 0.001;

const DAY_S = 86400;

/** Half-lives (s) of radionuclides of brain PET, to the 1 % that the comparison needs. */
const HALF_LIFE_S: Readonly<Record<string, number>> = {
  C11: 1220,
  F18: 6586,
  Ga68: 4063,
  N13: 598,
  O15: 122,
};

/**
 * Holds the frames of PET series against the image, against each other and against the window (`start_s`, `end_s`, from
 * the injection) that they are averaged over: times in seconds, one frame a volume, none overlapping, decay corrected
 * where several are averaged, the window inside the scan. Each lack is an error that names file and key.
 */
export async function requireFrames(
  sources: readonly BidsFile[],
  { images, parameters, findings }: World,
): Promise<void> {
  for (const source of sources) {
    const say: Say = (field, message, expected) =>
      findings.add(errorFinding('plan.cannot', message, { file: source.path, field }, expected));
    checkSeries(source.path, await images.sidecar(source), images.volumes(source), parameters, say);
  }
}

function checkSeries(
  path: string,
  values: JsonObject,
  volumes: number | undefined,
  parameters: JsonObject,
  say: Say,
): void {
  const units = values['Units'];
  if (typeof units !== 'string' || units.toLowerCase() !== 'bq/ml')
    say('Units', `Units of ${path} is ${shown(units)}`, 'Bq/mL');
  const starts = numbersOf(values['FrameTimesStart']);
  const durations = numbersOf(values['FrameDuration']);
  for (const [key, list] of [
    ['FrameTimesStart', starts],
    ['FrameDuration', durations],
  ] as const) {
    if (list === undefined)
      say(key, `${key} of ${path} is ${shown(values[key])}`, 'a time in s for each frame');
    else if (volumes !== undefined && list.length !== volumes)
      say(
        key,
        `${key} of ${path} has ${list.length} values, the image ${volumes} frames`,
        'one for each frame',
      );
  }
  if (starts === undefined || durations === undefined) return;
  if (starts.length !== durations.length) {
    say(
      'FrameDuration',
      `${path} has ${starts.length} FrameTimesStart and ${durations.length} FrameDuration`,
      'as many of each',
    );
    return;
  }
  if (!checkOrder(path, starts, durations, say)) return;
  const injection = values['InjectionStart'] ?? 0;
  if (typeof injection !== 'number') {
    say('InjectionStart', `InjectionStart of ${path} is ${shown(injection)}`, 's from TimeZero');
    return;
  }
  checkDecay(path, values, starts, durations, say);
  const frames = starts.map((start, index) => ({
    start: start - injection,
    end: start - injection + (durations[index] ?? 0),
  }));
  checkWindow(path, values, frames, parameters, say);
}

function checkOrder(
  path: string,
  starts: readonly number[],
  durations: readonly number[],
  say: Say,
): boolean {
  const wrong = durations.find((duration) => !(duration > 0));
  if (wrong !== undefined) {
    say('FrameDuration', `a FrameDuration of ${path} is ${wrong}`, 'above 0 s');
    return false;
  }
  const end = (index: number): number => (starts[index] ?? 0) + (durations[index] ?? 0);
  const overlap = starts.findIndex((start, index) => index > 0 && start < end(index - 1) - TOLERANCE_S);
  if (overlap > 0) {
    say(
      'FrameTimesStart',
      `frame ${overlap + 1} of ${path} starts at ${starts[overlap]} s, before frame ${overlap} ends at ${end(overlap - 1)} s`,
      'FrameTimesStart + FrameDuration of a frame up to the start of the next (are the durations end times?)',
    );
    return false;
  }
  const length = end(starts.length - 1) - (starts[0] ?? 0);
  if (length <= DAY_S) return true;
  say(
    'FrameTimesStart',
    `the frames of ${path} last ${length} s`,
    'seconds: more than a day may be milliseconds',
  );
  return false;
}

/**
 * Factors of decay correction to the start of the scan follow from the half-life and the frame: lambda d exp(lambda t) /
 * (1 - exp(-lambda d)) for a frame of d s that starts t s later. Where the sidecar has them, the latest frame is
 * compared: minutes taken for seconds, and frames of another scan, show by far more than rounding.
 */
function checkDecay(
  path: string,
  values: JsonObject,
  starts: readonly number[],
  durations: readonly number[],
  say: Say,
): void {
  const factors = numbersOf(values['DecayCorrectionFactor']);
  const halfLife = HALF_LIFE_S[String(values['TracerRadionuclide'])];
  const last = starts.length - 1;
  if (factors?.length !== starts.length || halfLife === undefined || last < 1) return;
  const lambda = Math.LN2 / halfLife;
  const expected = (index: number): number => {
    const [start, duration] = [starts[index] ?? 0, durations[index] ?? 0];
    return (lambda * duration * Math.exp(lambda * start)) / (1 - Math.exp(-lambda * duration));
  };
  // Their ratio does not depend on the time that decay is corrected to.
  const found = (factors[last] ?? NaN) / (factors[0] ?? NaN);
  const due = expected(last) / expected(0);
  if (Math.abs(Math.log(found / due)) <= 0.05) return;
  say(
    'DecayCorrectionFactor',
    `DecayCorrectionFactor of ${path} grows ${rounded(found)} times over the scan; with its frames and ${String(values['TracerRadionuclide'])} it would ${rounded(due)} times`,
    'frame times in s, and the radionuclide of this scan',
  );
}

function checkWindow(
  path: string,
  values: JsonObject,
  frames: readonly { readonly start: number; readonly end: number }[],
  { start_s: from, end_s: to }: JsonObject,
  say: Say,
): void {
  const scan = { start: frames[0]?.start ?? 0, end: frames.at(-1)?.end ?? 0 };
  if (typeof from !== 'number' && typeof to !== 'number') {
    if (frames.length > 1)
      say(
        'FrameTimesStart',
        `${path} has ${frames.length} frames from ${scan.start} to ${scan.end} s after the injection, and no window was chosen`,
        '--set start_s=SECONDS --set end_s=SECONDS, where the tracer is near equilibrium',
      );
    return;
  }
  const low = typeof from === 'number' ? from : scan.start;
  const high = typeof to === 'number' ? to : scan.end;
  const window = `the window from ${low} to ${high} s after the injection`;
  if (low >= high) say('FrameTimesStart', `${window} is empty`, 'start_s before end_s');
  else if (low < scan.start - TOLERANCE_S || high > scan.end + TOLERANCE_S)
    say('FrameTimesStart', `${window} reaches beyond ${path}`, `inside ${scan.start} to ${scan.end} s`);
  else {
    const inside = frames.filter(({ start, end }) => start >= low - TOLERANCE_S && end <= high + TOLERANCE_S);
    if (inside.length === 0)
      say('FrameTimesStart', `no frame of ${path} lies in ${window}`, 'a window that holds a whole frame');
    else if (inside.length > 1 && values['ImageDecayCorrected'] !== true)
      say(
        'ImageDecayCorrected',
        `ImageDecayCorrected of ${path} is ${shown(values['ImageDecayCorrected'])}: its ${inside.length} frames in the window have no common scale`,
        'true',
      );
  }
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
