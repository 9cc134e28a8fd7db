interface Argument {
  readonly optional: boolean;
  readonly multiple: boolean;
  /** `INT`, `CHOICE`, ...; empty where a program (the Python ones) does not say. */
  readonly type: string;
  readonly rest: readonly string[];
}
export interface Usage {
  readonly arguments: Argument[];
  /** By name, with its dash. */
  readonly options: Map<string, { readonly multiple: boolean; readonly arguments: Argument[] }>;
  /** The Python programs write their options with a dash, and name no types. */
  python: boolean;
}

/**
 * Reads what `__print_full_usage__` prints: `ARGUMENT name optional multiple TYPE …` and `OPTION name …` lines. Apart from
 * the reader of the generator on purpose: a mistake there must not pass here.
 */
export function readUsage(text: string): Usage {
  const usage: Usage = { arguments: [], options: new Map(), python: false };
  let current = usage.arguments;
  for (const line of text.split('\n')) {
    const option = /^OPTION (-?)(\S+) [01] ([01])$/.exec(line);
    if (option) {
      usage.python ||= option[1] === '-';
      current = [];
      const name = `-${option[2]}`;
      if (!usage.options.has(name))
        usage.options.set(name, { multiple: option[3] === '1', arguments: current });
    }
    const argument = /^ARGUMENT .+? ([01]) ([01])(?: (\S+)(?: (.*))?)?\s*$/.exec(line);
    if (argument)
      current.push({
        optional: argument[1] === '1',
        multiple: argument[2] === '1',
        type: argument[3] ?? '',
        rest: argument[4]?.trim().split(/\s+/) ?? [],
      });
  }
  return usage;
}

/** Reads words as MRtrix3 does and says what it would not take: options, numbers of values, types, ranges, choices. */
export function misreadings(usage: Usage, words: readonly string[]): string[] {
  const problems: string[] = [];
  const positional: string[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const option = usage.options.get(word);
    if (option === undefined) {
      if (/^-[a-z]/i.test(word)) problems.push(`there is no option ${word}`);
      else positional.push(word);
      continue;
    }
    if (seen.has(word) && !option.multiple && !usage.python) problems.push(`${word} is given twice`);
    seen.add(word);
    if (usage.python && option.arguments.length === 0) {
      // A flag or one value: the usage does not say.
      if (words[at + 1] !== undefined && !usage.options.has(words[at + 1] ?? '')) at += 1;
      continue;
    }
    for (const argument of option.arguments) {
      at += 1;
      problems.push(...misfit(argument, words[at], word));
    }
  }
  const required = usage.arguments.filter((argument) => !argument.optional).length;
  let extra = positional.length - required;
  if (extra < 0) problems.push(`${positional.length} arguments, ${required} are required`);
  let at = 0;
  for (const argument of usage.arguments) {
    let take = argument.optional ? 0 : 1;
    // Which argument of a Python program is a list, its usage does not say: the first is.
    if (usage.python && extra > 0) {
      take += extra;
      extra = 0;
    } else if (extra > 0 && (argument.optional || argument.multiple)) {
      const more = argument.multiple ? extra : 1;
      take += more;
      extra -= more;
    }
    for (; take > 0; take -= 1, at += 1) problems.push(...misfit(argument, positional[at], 'an argument'));
  }
  if (extra > 0) problems.push(`${positional[at]} is one argument too many`);
  return problems;
}

function misfit({ type, rest }: Argument, value: string | undefined, where: string): string[] {
  if (value === undefined) return [`${where} lacks a value`];
  const [low = -Infinity, high = Infinity] = rest.map((word) => Number(word.replace('inf', 'Infinity')));
  const numbers = value.split(',');
  const sound = (() => {
    switch (type) {
      case 'INT':
        return /^-?\d+$/.test(value) && Number(value) >= low && Number(value) <= high;
      case 'FLOAT':
        return value !== '' && Number(value) >= low && Number(value) <= high;
      case 'ISEQ':
        return numbers.every((number) => /^-?\d+$/.test(number));
      case 'FSEQ':
        return numbers.every((number) => number !== '' && Number.isFinite(Number(number)));
      case 'CHOICE':
        return rest.includes(value.toLowerCase());
      case 'IMAGEIN':
      case 'FILEIN':
      case 'TRACKSIN':
      case 'DIRIN':
        return value.startsWith('/in/');
      case 'IMAGEOUT':
      case 'FILEOUT':
      case 'TRACKSOUT':
      case 'DIROUT':
        // A name alone lies in a folder that is an output already.
        return value.startsWith('/out/') || /^[^/]+$/.test(value);
      default:
        return true;
    }
  })();
  return sound ? [] : [`${where} reads ${type} ${rest.join(' ')}, and is given ${value}`.trim()];
}
