import type { NipypeCase } from './case.js';

/** An argv taken apart: arguments by place, and options whose order means nothing. */
interface Parts {
  readonly head: readonly string[];
  /** Each flag with the values that follow it, sorted. */
  readonly options: readonly string[];
  readonly tail: readonly string[];
}

/**
 * What two command lines disagree about, after numbers are written one way (0.50 is 0.5, 1e-3 is 0.001) and explained
 * differences are taken off. An explanation that explains nothing is a disagreement, too.
 */
export function disagreements(
  ours: readonly string[],
  theirs: readonly string[],
  about: NipypeCase,
): string[] {
  if (about.ordered === true) {
    const [a, b] = [ours, theirs].map((argv) => argv.map(canonical).join(' '));
    return a === b ? [] : [`${a} | ${b}`];
  }
  const problems: string[] = [];
  const [named = '', ...rest] = theirs;
  if (about.program !== undefined && about.program.theirs !== named)
    problems.push(`theirs is ${named}, not ${about.program.theirs}`);
  const program = about.program === undefined ? named : (ours[0] ?? '');
  const own = partsOf(
    ours.map((token) => about.names?.[token] ?? token),
    about,
  );
  const other = partsOf([program, ...rest], { ...about, tail: about.theirTail ?? about.tail ?? 0 });
  const [mine, its] = [own, other].map(({ head, tail }) => [...head, ...tail].join(' '));
  if (mine !== its) problems.push(`arguments by place: ${mine} | ${its}`);
  const take = (from: readonly string[], explained: readonly string[], whose: string): string[] => {
    const left = [...from];
    for (const option of explained) {
      const at = left.indexOf(option);
      if (at < 0) problems.push(`${whose} has no ${option} to explain`);
      else left.splice(at, 1);
    }
    return left;
  };
  const differs = about.differs ?? [];
  const a = take(
    own.options,
    differs.flatMap(({ ours: options = [] }) => options),
    'ours',
  );
  const b = take(
    other.options,
    differs.flatMap(({ theirs: options = [] }) => options),
    'theirs',
  );
  problems.push(...missing(a, b).map((option) => `only ours: ${option}`));
  problems.push(...missing(b, a).map((option) => `only theirs: ${option}`));
  return problems;
}

function partsOf(argv: readonly string[], { tail = 0, flags = [] }: NipypeCase): Parts {
  const tokens = argv.map(canonical);
  const body = tail === 0 ? tokens : tokens.slice(0, -tail);
  const isFlag = (token: string): boolean =>
    /^--?[A-Za-z]/.test(token) || /^-\d[A-Z]/.test(token) || flags.includes(token);
  const first = body.findIndex(isFlag);
  const options: string[] = [];
  for (const token of first < 0 ? [] : body.slice(first)) {
    if (isFlag(token)) options.push(token);
    else options.push(`${options.pop() ?? ''} ${token}`);
  }
  return {
    head: first < 0 ? body : body.slice(0, first),
    options: options.map(tight).sort(),
    tail: tail === 0 ? [] : tokens.slice(-tail),
  };
}

/** Numbers that stand alone in a token or between `=`, commas, brackets and blanks, in their shortest form. */
function canonical(token: string): string {
  return token.replace(/(?<![\w./-])-?\d+(\.\d+)?([eE][-+]?\d+)?(?![\w./])/g, (number) =>
    String(Number(number)),
  );
}

/** Members of a list that another lacks, as often as they occur. */
function missing(from: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return from.filter((option) => {
    const at = left.indexOf(option);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** `[ 200, 0 ]`, which a shell would give a program as several words, as `[200,0]`. ANTs reads both. */
function tight(option: string): string {
  return option.replace(/\[ /g, '[').replace(/ \]/g, ']').replace(/, /g, ',');
}
