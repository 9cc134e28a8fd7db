/** An event of a task; seconds from the first volume. */
export interface TaskPeriod {
  readonly onset: number;
  readonly duration: number;
  readonly trialType: string;
}

/** Shapes (their scale is 1 s) of response and undershoot, and how much smaller the undershoot is. */
const RESPONSE = 6;
const UNDERSHOOT = 16;
const RATIO = 6;

/**
 * The canonical haemodynamic response of SPM (`spm_hrf` with its defaults: a gamma density of delay 6 s less a sixth of
 * one of delay 16 s; Friston et al., NeuroImage 7:30, 1998), with an integral of 1. SPM cuts it at 32 s, where less
 * than 0.0001 of it is left.
 */
export function hrf(seconds: number): number {
  if (seconds <= 0) return 0;
  return (gammaDensity(RESPONSE, seconds) - gammaDensity(UNDERSHOOT, seconds) / RATIO) / (1 - 1 / RATIO);
}

/**
 * The regressor of a condition: boxcars of height 1 convolved with the response, at the given times (s). Exact: the
 * integral of a gamma density of whole shape has a closed form. A block without end reaches 1.
 */
export function regressor(
  events: readonly TaskPeriod[],
  trialType: string,
  times: readonly number[],
): number[] {
  const own = events.filter((event) => event.trialType === trialType);
  return times.map((time) =>
    own.reduce(
      (sum, { onset, duration }) => sum + integral(time - onset) - integral(time - onset - duration),
      0,
    ),
  );
}

/** Of the response from 0 to `seconds`. */
function integral(seconds: number): number {
  if (seconds <= 0) return 0;
  return (
    (gammaDistribution(RESPONSE, seconds) - gammaDistribution(UNDERSHOOT, seconds) / RATIO) / (1 - 1 / RATIO)
  );
}

/** x^(k-1) e^-x / (k-1)! */
function gammaDensity(shape: number, x: number): number {
  let term = Math.exp(-x);
  for (let n = 1; n < shape; n++) term *= x / n;
  return term;
}

/** 1 - e^-x (1 + x + x^2/2! + ... + x^(k-1)/(k-1)!) */
function gammaDistribution(shape: number, x: number): number {
  let term = Math.exp(-x);
  let sum = term;
  for (let n = 1; n < shape; n++) {
    term *= x / n;
    sum += term;
  }
  return 1 - sum;
}
