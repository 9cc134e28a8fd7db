import type { TaskEvent } from '../bids/events.js';

/** A difference of two gamma densities: shape, scale (s), and the part of the undershoot. */
interface DoubleGamma {
  readonly response: readonly [shape: number, scale: number];
  readonly undershoot: readonly [shape: number, scale: number];
  readonly ratio: number;
}

/**
 * Canonical responses by name: SPM's (`spm_hrf` with its defaults; Friston et al., NeuroImage 7:30, 1998), and Glover's
 * (NeuroImage 9:416, 1999) with the parameters that Nilearn gives it.
 */
const responses: Readonly<Record<string, DoubleGamma>> = {
  spm: { response: [6, 1], undershoot: [16, 1], ratio: 1 / 6 },
  glover: { response: [6 / 0.9, 0.9], undershoot: [12 / 0.9, 0.9], ratio: 0.48 },
};

export const responseNames = Object.keys(responses);

/** Step of the numerical integral (s), and where the response has ended (s). */
const STEP = 0.02;
const END = 40;
/** An impulse is a short boxcar (s). */
const IMPULSE = 0.05;

/**
 * Expected response to events at the given times (s): boxcars convolved with the response, by its integral, which is
 * computed here and owes nothing to the tool that is checked. Its scale is arbitrary.
 */
export function expectedResponse(
  name: string,
  events: readonly Pick<TaskEvent, 'onset' | 'duration'>[],
  times: readonly number[],
): number[] {
  const integral = integralOf(responses[name] ?? (responses['spm'] as DoubleGamma));
  const until = (seconds: number): number => {
    if (seconds <= 0) return 0;
    const position = Math.min(seconds / STEP, integral.length - 1);
    const below = Math.floor(position);
    const [low = 0, high = low] = [integral[below], integral[below + 1]];
    return low + (position - below) * (high - low);
  };
  return times.map((time) =>
    events.reduce((sum, { onset, duration = 0 }) => {
      const lasting = Math.max(duration, IMPULSE);
      return sum + until(time - onset) - until(time - onset - lasting);
    }, 0),
  );
}

/** By the trapezoid rule, from 0. */
function integralOf({ response, undershoot, ratio }: DoubleGamma): Float64Array {
  const integral = new Float64Array(END / STEP + 1);
  let before = 0;
  for (let index = 1; index < integral.length; index++) {
    const time = index * STEP;
    const value = gammaDensity(time, ...response) - ratio * gammaDensity(time, ...undershoot);
    integral[index] = (integral[index - 1] as number) + ((before + value) / 2) * STEP;
    before = value;
  }
  return integral;
}

function gammaDensity(time: number, shape: number, scale: number): number {
  const x = time / scale;
  return Math.exp((shape - 1) * Math.log(x) - x - logGamma(shape)) / scale;
}

/** Stirling's series for shapes of at least 6, where its error is below 1e-9. */
function logGamma(shape: number): number {
  const inverse = 1 / shape;
  const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260 - inverse ** 7 / 1680;
  return (shape - 0.5) * Math.log(shape) - shape + Math.log(2 * Math.PI) / 2 + series;
}
