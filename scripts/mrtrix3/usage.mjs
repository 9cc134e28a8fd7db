// Reads what MRtrix3 programs say of themselves: `CMD __print_full_usage__`, the references of `CMD __print_usage_rst__`
// and, for the programs in Python, the types that only their help page names.

/**
 * @typedef {{ name: string, optional: boolean, multiple: boolean, type: string, rest: string[], about: string }} Argument
 * @typedef {{ name: string, multiple: boolean, required: boolean, about: string, arguments: Argument[] }} Option
 * @typedef {{ synopsis: string, description: string[], arguments: Argument[], options: Map<string, Option>, references: string[], python: boolean }} Usage
 */

/** A shell script that prints all three for every program, each behind a line that `readUsages` knows. */
export function usageScript(programs) {
  return programs
    .map(
      (program) =>
        `echo '== ${program}'; ${program} __print_full_usage__; echo; echo '=- rst'; ${program} __print_usage_rst__; echo; ` +
        `if head -c 64 "$(command -v ${program.split(' ')[0]})" | grep -q python; then echo '=- help'; ${program} -help | cat; fi; echo`,
    )
    .join('\n');
}

/** @returns {Map<string, Usage>} by program, with its algorithm where it has one (`dwi2response fa`) */
export function readUsages(text) {
  const usages = new Map();
  for (const part of text.split(/^== /m).slice(1)) {
    const end = part.indexOf('\n');
    const [full = '', ...others] = part.slice(end + 1).split(/^=- /m);
    const named = Object.fromEntries(
      others.map((other) => [other.slice(0, other.indexOf('\n')), other.slice(other.indexOf('\n') + 1)]),
    );
    usages.set(part.slice(0, end), readUsage(full, named.rst ?? '', named.help));
  }
  return usages;
}

/** `ARGUMENT name optional multiple TYPE …` and `OPTION name optional multiple` lines, each followed by its description. */
export function readUsage(full, rst = '', help = undefined) {
  const usage = {
    synopsis: '',
    description: [],
    arguments: [],
    options: new Map(),
    references: readReferences(rst),
    python: help !== undefined,
  };
  const types = help === undefined ? new Map() : readHelpTypes(help);
  let list = usage.arguments;
  let about = (line) => {
    if (usage.synopsis === '') usage.synopsis = line;
    else usage.description.push(line);
  };
  for (const line of full.split('\n')) {
    const option = /^OPTION -?(\S+) ([01]) ([01])$/.exec(line);
    const argument = /^ARGUMENT (.+?) ([01]) ([01])(?: (.*))?$/.exec(line);
    if (option) {
      const [, name, optional, multiple] = option;
      const read = { name, required: optional === '0', multiple: multiple === '1', about: '', arguments: [] };
      const helped = types.get(name);
      // The help page of a Python program names a value where the usage does not.
      if (helped !== undefined)
        read.arguments.push({
          name: helped,
          optional: false,
          multiple: false,
          type: helped,
          rest: [],
          about: '',
        });
      // Filters share names of options (`mrfilter -extent`): the first stands for all.
      if (!usage.options.has(name)) usage.options.set(name, read);
      list = helped === undefined ? read.arguments : [];
      about = (text) => void (read.about = `${read.about} ${text}`.trim());
    } else if (argument) {
      const [type = '', ...rest] = (argument[4] ?? '').trim().split(/\s+/);
      const read = {
        name: argument[1],
        optional: argument[2] === '1',
        multiple: argument[3] === '1',
        type,
        rest,
        about: '',
      };
      const option = about;
      list.push(read);
      about = (text) => {
        if (list === usage.arguments) read.about = `${read.about} ${text}`.trim();
        else option(text);
      };
    } else if (line.trim() !== '') about(line.trim());
  }
  return usage;
}

/** Values of options that the help page names with a type or in capitals: `-number INT`, `-mask MASK`. */
function readHelpTypes(help) {
  const types = new Map();
  for (const line of help.replace(/.\x08/gs, '').split('\n')) {
    const match = /^ {2}-(\S+) ([A-Z_]+)$/.exec(line);
    if (match) types.set(match[1], match[2]);
  }
  return types;
}

function readReferences(rst) {
  const section = /^References\n\^+\n([\s\S]*?)^-{5,}$/m.exec(rst)?.[1] ?? '';
  return section
    .split('\n')
    .map((line) =>
      line
        .replace(/^[*-] /, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '');
}
