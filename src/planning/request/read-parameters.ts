import type { JsonValue } from '../../kernel/json.js';
import { FWHM_PER_SIGMA } from '../derivations.js';
import type { Question } from '../question.js';
import { negations } from './vocabulary.js';
import type { Token } from './words.js';

export interface SpokenParameter {
  /** Name of a pipeline parameter. */
  readonly name: string;
  readonly value: JsonValue;
  /** How it was read. */
  readonly reason: string;
}

export interface SpokenParameters {
  readonly parameters: readonly SpokenParameter[];
  /** What contradicts itself or has a unit that does not fit. */
  readonly problems: readonly string[];
  readonly questions: readonly Question[];
  readonly used: ReadonlySet<number>;
  /** Of these, the ones that switch something off. */
  readonly off: ReadonlySet<number>;
}

const NUMBER = '([0-9]*\\.?[0-9]+)';
const SECONDS = '(?:s|sec|secs|second|seconds)';
const MM = '(?:mm|millimet(?:re|er)s?)';
/** Words between what is set and its value: none that sets something else, no number, no end of a sentence. */
const GLUE = '(?: (?!(?:smooth|highpass|lowpass|bandpass|filter|detrend|then|[.;]) |[0-9.])[^ ]+){0,6}?';
/** The same where a number without unit follows, which could count anything. */
const CLOSE = '(?: (?:with|by|at|of|to|a|an|=|:|is|kernel|fwhm|gaussian))*';

/**
 * Reads quantities with their units: `smooth 8 mm`, `high-pass 128 s`, `low-pass at 0.1 Hz`, `0.01-0.1 Hz`, and what is
 * switched off: `without smoothing`, `no filter`. Anything else as `name=value` of the pipeline's own parameters.
 */
export function readParameters(tokens: readonly Token[], taken: ReadonlySet<number>): SpokenParameters {
  const reader = new ParameterReader(tokens, taken);
  reader.band();
  reader.smoothing();
  reader.highPass();
  reader.lowPass();
  reader.switchedOff();
  return reader.result();
}

/** What can be switched off. */
const things: ReadonlySet<string> = new Set([
  'smooth',
  'filter',
  'bandpass',
  'highpass',
  'lowpass',
  'detrend',
]);
/** Words that may stand before it. */
const before: ReadonlySet<string> = new Set([
  ...['any', 'the', 'a', 'an', 'temporal', 'spatial', 'do', 'apply', 'use', 'to', 'further'],
]);

class ParameterReader {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  /** Index of the token that begins at a place of the text. */
  readonly #starts: number[] = [];
  readonly #parameters = new Map<string, SpokenParameter>();
  readonly #problems: string[] = [];
  readonly #questions: Question[] = [];
  readonly #used = new Set<number>();
  readonly #off = new Set<number>();

  /** `taken` are the indices of tokens that were read as something else. */
  constructor(tokens: readonly Token[], taken: ReadonlySet<number>) {
    for (const index of taken) this.#used.add(index);
    this.#tokens = tokens;
    let text = ' ';
    for (const token of tokens) {
      this.#starts.push(text.length);
      text += `${token.word} `;
    }
    this.#text = text;
  }

  result(): SpokenParameters {
    return {
      parameters: [...this.#parameters.values()],
      problems: this.#problems,
      questions: this.#questions,
      used: this.#used,
      off: this.#off,
    };
  }

  band(): void {
    const band = new RegExp(` (?:between )?${NUMBER} (?:hz )?(?:-|to|and) ${NUMBER} hz `);
    const match = this.#take(band);
    if (match === undefined) return;
    const [low, high] = [Number(match[1]), Number(match[2])];
    if (!(low > 0 && high > low)) {
      this.#problems.push(`the band ${match[1]} to ${match[2]} Hz is empty: the lower edge comes first`);
      return;
    }
    this.#set('high_pass_s', round(1 / low), `the band begins at ${low} Hz, a period of ${round(1 / low)} s`);
    this.#set('low_pass_hz', high, `the band ends at ${high} Hz`);
  }

  smoothing(): void {
    const wrongUnit = this.#take(new RegExp(` smooth${GLUE} ${NUMBER} (voxels?|cm|hz|s) `));
    if (wrongUnit !== undefined) {
      this.#problems.push(
        `smoothing by ${wrongUnit[1]} ${wrongUnit[2]} cannot be done: it takes mm (full width at half maximum)`,
      );
      return;
    }
    const sigma = this.#take(new RegExp(` sigma${GLUE} ${NUMBER} (?:${MM} )?`));
    if (sigma !== undefined) {
      const fwhm = round(Number(sigma[1]) * FWHM_PER_SIGMA);
      this.#set(
        'smoothing_fwhm_mm',
        fwhm,
        `a sigma of ${sigma[1]} mm is a full width at half maximum of ${fwhm} mm`,
      );
      return;
    }
    const match =
      this.#take(new RegExp(` smooth${GLUE} ${NUMBER} ${MM} `)) ??
      this.#take(new RegExp(` ${NUMBER} ${MM} (?:(?:of|gaussian|kernel|fwhm) )*(?:smooth|fwhm|kernel) `)) ??
      this.#take(new RegExp(` fwhm${GLUE} ${NUMBER} (?:${MM} )?`));
    if (match !== undefined) {
      this.#set(
        'smoothing_fwhm_mm',
        Number(match[1]),
        `smoothing of ${match[1]} mm, full width at half maximum`,
      );
      return;
    }
    const bare = this.#take(new RegExp(` smooth${CLOSE} ${NUMBER} `));
    if (bare !== undefined)
      this.#set(
        'smoothing_fwhm_mm',
        Number(bare[1]),
        `smoothing of ${bare[1]}, read as mm, full width at half maximum`,
      );
  }

  highPass(): void {
    const match =
      this.#take(new RegExp(` highpass(?: filter)?${GLUE} ${NUMBER} (${SECONDS}|hz) `)) ??
      this.#take(new RegExp(` ${NUMBER} (${SECONDS}|hz) highpass `));
    if (match !== undefined) {
      const value = Number(match[1]);
      if (match[2] === 'hz')
        this.#set(
          'high_pass_s',
          round(1 / value),
          `high-pass at ${value} Hz, a period of ${round(1 / value)} s`,
        );
      else this.#set('high_pass_s', value, `high-pass at a period of ${value} s`);
      return;
    }
    const bare = this.#take(new RegExp(` highpass(?: filter)?${CLOSE} ${NUMBER} `));
    if (bare !== undefined) this.#askUnit('high_pass_s', 'high-pass', bare[1] ?? '');
  }

  lowPass(): void {
    const match =
      this.#take(new RegExp(` lowpass(?: filter)?${GLUE} ${NUMBER} (${SECONDS}|hz) `)) ??
      this.#take(new RegExp(` ${NUMBER} (${SECONDS}|hz) lowpass `));
    if (match !== undefined) {
      const value = Number(match[1]);
      if (match[2] === 'hz') this.#set('low_pass_hz', value, `low-pass at ${value} Hz`);
      else
        this.#set(
          'low_pass_hz',
          round(1 / value),
          `low-pass at a period of ${value} s, ${round(1 / value)} Hz`,
        );
      return;
    }
    const bare = this.#take(new RegExp(` lowpass(?: filter)?${CLOSE} ${NUMBER} `));
    if (bare !== undefined) this.#askUnit('low_pass_hz', 'low-pass', bare[1] ?? '');
  }

  /** What follows `without` or `no`, over `and` and `or`; over commas only where an `or` closes the list. */
  switchedOff(): void {
    for (const [index, { word }] of this.#tokens.entries()) {
      if (!negations.has(word)) continue;
      let at = index + 1;
      while (before.has(this.#tokens[at]?.word ?? '')) at += 1;
      for (;;) {
        if (!this.#switchOff(at)) break;
        this.#markOff(index, at);
        at += 1;
        const joint = this.#tokens[at]?.word ?? '';
        if (joint === ',' ? !this.#closesWithOr(at) : !['and', 'or', 'nor'].includes(joint)) break;
        at += 1;
        while (before.has(this.#tokens[at]?.word ?? '')) at += 1;
      }
    }
  }

  #switchOff(at: number): boolean {
    const word = this.#tokens[at]?.word ?? '';
    if (!things.has(word) || this.#used.has(at)) return false;
    const off = (name: string, what: string): void => this.#set(name, 0, `without ${what}`);
    if (word === 'smooth') off('smoothing_fwhm_mm', 'smoothing');
    if (['filter', 'bandpass', 'highpass'].includes(word)) off('high_pass_s', 'high-pass');
    if (['filter', 'bandpass', 'lowpass'].includes(word)) off('low_pass_hz', 'low-pass');
    if (word === 'detrend')
      this.#problems.push(
        'functional/clean always removes the linear trend: standard deviation and tSNR would count drift as noise',
      );
    return true;
  }

  #markOff(...indices: number[]): void {
    for (const index of indices) {
      this.#used.add(index);
      this.#off.add(index);
    }
  }

  #closesWithOr(comma: number): boolean {
    let at = comma;
    while (this.#tokens[at]?.word === ',' || things.has(this.#tokens[at]?.word ?? '')) at += 1;
    return ['or', 'nor'].includes(this.#tokens[at]?.word ?? '');
  }

  #askUnit(id: string, what: string, number: string): void {
    this.#questions.push({
      id,
      text: `${what} ${number}: seconds (a period) or Hz (a frequency)?`,
      choices: [`${what} ${number} s`, `${what} ${number} Hz`],
      set: 'say the unit in the request',
    });
  }

  #set(name: string, value: number, reason: string): void {
    const before = this.#parameters.get(name);
    if (before !== undefined && before.value !== value)
      this.#problems.push(`${name} is said twice: ${before.reason}; ${reason}`);
    else this.#parameters.set(name, { name, value, reason });
  }

  /** The first match in what is not read yet; it counts as read. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    const all = new RegExp(pattern.source, 'g');
    for (let match = all.exec(this.#text); match !== null; match = all.exec(this.#text)) {
      const [from, to] = [match.index, match.index + match[0].length - 1];
      const indices = this.#starts.flatMap((start, index) => (start > from && start < to ? [index] : []));
      if (indices.some((index) => this.#used.has(index))) {
        all.lastIndex = match.index + 1;
        continue;
      }
      for (const index of indices) this.#used.add(index);
      return match;
    }
    return undefined;
  }
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
