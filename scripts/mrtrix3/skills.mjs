// Makes the three files of a skill from what a program says of itself (usage.mjs) and what it does not (programs.mjs).
import { stringify } from 'yaml';
import { algorithms, commonLeftOut, leftOut, programs } from './programs.mjs';

export const version = '3.0.3';
const url = `https://mrtrix.readthedocs.io/en/${version}/reference/commands_list.html`;
/** What `skills show` says of them, and how the generator knows its own. */
export const mark = 'scripts/mrtrix3/generate.mjs';

const paper = {
  text: 'Tournier JD, Smith R, Raffelt D, et al. MRtrix3: a fast, flexible and open software framework for medical image processing and visualisation. NeuroImage 202, 116137 (2019).',
  doi: '10.1016/j.neuroimage.2019.116137',
};

/** Datatypes worth a choice: byte order and complex numbers are MRtrix3's to choose. */
const datatypes = ['float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'bit'];

const readable = {
  mif: [{ check: 'mif.readable' }],
  tck: [{ check: 'tck.readable' }],
  tsf: [{ check: 'tsf.readable' }],
  mesh: [{ check: 'mesh.readable' }],
  text: [{ check: 'text.utf8' }, { check: 'file.nonempty' }],
  csv: [{ check: 'text.utf8' }, { check: 'file.nonempty' }],
  json: [{ check: 'json.valid' }],
  folder: [{ check: 'folder.images' }],
};
const extension = { mif: 'mif', tck: 'tck', tsf: 'tsf', mesh: 'obj', text: 'txt', csv: 'csv', json: 'json' };

/** The programs to ask, each with its algorithm where it has some: those of the environment that can become a skill. */
export function programsToAsk(executables) {
  return executables.flatMap((program) =>
    program in algorithms
      ? [program, ...algorithms[program].map((algorithm) => `${program} ${algorithm}`)]
      : program in leftOut
        ? []
        : [program],
  );
}

/** The folder of a skill: `dwi2response fa` is `dwi2response-fa`. */
export function skillName(program) {
  return program.replace(/[ _]/g, '-');
}

/**
 * The files of every skill that the usages allow.
 *
 * @param {Map<string, import('./usage.mjs').Usage>} usages
 * @returns {Map<string, { 'SKILL.md': string, 'tool.json': string, 'skill.yaml': string }>} by name of the folder, unformatted
 */
export function makeSkills(usages) {
  const skills = new Map();
  for (const [program, usage] of usages) {
    if (program in leftOut) continue;
    const [command] = program.split(' ');
    const master = program === command ? undefined : usages.get(command);
    skills.set(skillName(program), makeSkill(program, usage, master));
  }
  return skills;
}

function makeSkill(program, usage, master) {
  const rules = programs[program] ?? {};
  const name = skillName(program);
  const paragraphs = usage.description.filter((line) => !master?.description.includes(line));
  const synopsis = sentence(master === undefined ? usage.synopsis : (paragraphs.shift() ?? usage.synopsis));
  const draft = draftCall(program, usage, rules);
  const descriptor = {
    name,
    description: synopsis,
    'tool-version': version,
    'schema-version': '0.5',
    url,
    'command-line': draft.words.join(' '),
    inputs: draft.inputs.map(({ kind: _kind, ...input }) => input),
    'output-files': draft.outputs
      .filter(({ path }) => path !== undefined)
      .map(({ id, about, path, when, key }) => ({
        id,
        name: about,
        ...(key === undefined ? {} : { 'value-key': key }),
        ...(when === undefined
          ? { 'path-template': path }
          : { 'conditional-path-template': [{ [when]: path }] }),
        optional: when !== undefined,
      })),
    ...(draft.groups.length === 0 ? {} : { groups: draft.groups }),
    ...(draft.repeated.length === 0 ? {} : { custom: { neuroclaw: { 'repeat-flag': draft.repeated } } }),
  };
  const { references, citations } = cite(usage.references);
  const contract = {
    id: `mrtrix3/${name}`,
    version: '1.0.0',
    family: 'mrtrix3',
    generated: mark,
    environment: 'mrtrix3',
    executables: [program.split(' ')[0]],
    determinism: rules.determinism ?? 'tolerance',
    capabilities: [`mrtrix3-${name}`],
    inputs: Object.fromEntries(
      draft.inputs
        .filter(({ type }) => type === 'File')
        .map(({ id, kind, list, optional }) => [
          id,
          { kind, ...(list ? { list } : {}), ...(optional ? { optional } : {}) },
        ]),
    ),
    outputs: Object.fromEntries(
      draft.outputs.map(({ id, kind, when, checks }) => [
        id,
        { kind, ...(when === undefined ? {} : { optional: true }), checks },
      ]),
    ),
    ...(draft.stdout ? { stdout: 'printed' } : {}),
    threads: { param: 'threads' },
    resources: { cpus: 2, memory_mb: 2048, scratch_mb: 1024, walltime_s: 7200 },
    citations,
  };
  const left = [...draft.left].sort();
  const pitfalls = [
    ...(rules.needs === undefined ? [] : [`Needs ${rules.needs}`]),
    ...(rules.about === undefined ? [] : [rules.about]),
    ...(usage.options.has('fslgrad') || usage.options.has('grad')
      ? ['Gradients are read from the header of the image: import them with `mrtrix3/mrconvert-import-dwi`.']
      : []),
    ...(left.length === 0
      ? []
      : [`Options that this skill does not offer: ${left.map((o) => `\`-${o}\``).join(', ')}.`]),
    'Generated from what the program says of itself: its checks see damaged files, not every wrong result.',
  ];
  const body = [
    '---',
    `name: ${name}`,
    `description: ${JSON.stringify(synopsis)}`,
    '---',
    '',
    '## When to use it',
    '',
    ...(paragraphs.length === 0 ? [synopsis] : paragraphs.map(plain)).flatMap((line) => [line, '']),
    '## Pitfalls',
    '',
    ...pitfalls.map((line) => `- ${line}`),
    '',
    '## Cite',
    '',
    ...references.map((line) => `- ${plain(line)}`),
    `- ${plain(paper.text)} doi:${paper.doi}`,
    '',
  ].join('\n');
  return {
    'SKILL.md': body,
    'tool.json': JSON.stringify(descriptor),
    'skill.yaml': stringify(contract, { lineWidth: 0, aliasDuplicateObjects: false }),
  };
}

/** Words, inputs and outputs of the call of a program. */
function draftCall(program, usage, rules) {
  const draft = {
    words: [program],
    inputs: [],
    outputs: [],
    groups: [],
    repeated: [],
    left: new Set(),
    stdout: false,
  };
  const context = { program, rules, draft, usage };
  refuseUnknown(program, usage, rules);
  const folders = new Map();
  for (const argument of usage.arguments) {
    const rule = rules.arguments?.[argument.name];
    if (rule?.off) continue;
    if (rule?.twice !== undefined) {
      if (!folders.has(argument.name)) folders.set(argument.name, [...rule.twice]);
      const id = folders.get(argument.name).shift();
      addInput(context, { ...meaning(context, argument, rule), id, about: firstSentence(argument.about) });
    } else addArgument(context, argument, rule);
  }
  for (const option of usage.options.values()) {
    const rule = rules.options?.[option.name];
    if (rule === undefined && commonLeftOut.has(option.name)) continue;
    if (rule?.off) draft.left.add(option.name);
    else addOption(context, option, rule);
  }
  if (usage.python) draft.words.push('-scratch /scratch');
  draft.words.push('[THREADS]');
  draft.inputs.push({
    id: 'threads',
    name: 'Number of threads',
    type: 'Number',
    'value-key': '[THREADS]',
    'command-line-flag': '-nthreads',
    optional: true,
    integer: true,
    minimum: 0,
  });
  const kind = rules.stdout;
  if (kind !== undefined) {
    draft.stdout = true;
    draft.outputs.push({
      id: 'printed',
      about: 'What the program prints',
      kind,
      checks: readable[kind].slice(0, rules.silent ? 1 : undefined),
    });
  }
  if (draft.outputs.length === 0)
    throw new Error(`${program} makes nothing: say \`stdout\` or an output in programs.mjs`);
  if (draft.outputs.every(({ when }) => when !== undefined))
    draft.groups.push({
      id: 'results',
      name: 'What to compute',
      members: draft.outputs.map(({ when }) => when),
      'one-is-required': true,
    });
  return draft;
}

/** A name in programs.mjs that the program does not have is a mistake there, or the program changed. */
function refuseUnknown(program, usage, rules) {
  const names = usage.arguments.map(({ name }) => name);
  const unknown = [
    ...Object.keys(rules.arguments ?? {}).filter((name) => !names.includes(name)),
    ...Object.keys(rules.options ?? {}).filter((name) => !usage.options.has(name)),
  ];
  if (unknown.length > 0)
    throw new Error(`${program} has no ${unknown.join(', ')}, which programs.mjs names`);
}

/** What a name of the usage stands for: its own type, or what programs.mjs says. */
function meaning({ program }, argument, rule) {
  if (rule !== undefined && ['file', 'out', 'type', 'literal', 'fixel', 'within'].some((key) => key in rule))
    return rule;
  const [low, high] = argument.rest;
  const range = {
    ...(bound(low) === undefined ? {} : { minimum: bound(low) }),
    ...(bound(high) === undefined ? {} : { maximum: bound(high) }),
    // MRtrix3 writes "above 0" as the smallest positive number.
    ...(low !== undefined && Number(low) > 0 && Number(low) < 1e-300
      ? { minimum: 0, 'exclusive-minimum': true }
      : {}),
  };
  const own = {
    IMAGEIN: { file: 'mif' },
    TRACKSIN: { file: 'tck' },
    FILEIN: { file: 'text' },
    DIRIN: { file: 'folder' },
    IMAGEOUT: { out: 'mif' },
    TRACKSOUT: { out: 'tck' },
    FILEOUT: { out: 'text' },
    DIROUT: { out: 'folder' },
    INT: { type: 'Number', integer: true, ...range },
    FLOAT: { type: 'Number', ...range },
    ISEQ: { type: 'Number', integer: true, list: true },
    FSEQ: { type: 'Number', list: true },
    CHOICE: { type: 'String', choices: choicesOf(argument) },
    TEXT: { type: 'String' },
  }[argument.type];
  if (own === undefined)
    throw new Error(
      `${program}: ${argument.name} has the type "${argument.type}": say what it is in programs.mjs`,
    );
  return { ...own, ...rule };
}

function choicesOf({ rest }) {
  return rest.includes('float32le') ? datatypes : rest;
}

/** A limit that limits: MRtrix3 writes the ends of its integers and infinity where there is none. */
function bound(text) {
  const value = text === undefined ? NaN : Number(text);
  return Number.isFinite(value) && Math.abs(value) < 2147483647 ? value : undefined;
}

function addArgument(context, argument, rule) {
  const { draft } = context;
  const id = rule?.id ?? identifier(argument.name);
  const about = firstSentence(argument.about) || argument.name;
  const means = meaning(context, argument, rule);
  if (means.fixel) {
    addFixelData(draft);
    return;
  }
  if (means.within !== undefined) {
    addWithin(draft, id, means.within, about);
    return;
  }
  if (means.literal !== undefined) {
    draft.words.push(means.literal);
    if (means.out !== undefined)
      draft.outputs.push({
        id,
        about,
        kind: means.out,
        path: means.literal,
        checks: checksOf(context, means),
      });
    return;
  }
  if (means.out !== undefined) {
    const path = `/out/${id}${means.out === 'folder' ? '' : `.${means.ext ?? extension[means.out]}`}`;
    draft.words.push(path);
    draft.outputs.push({ id, about, kind: means.out, path, checks: checksOf(context, means) });
    return;
  }
  const optional = argument.optional && means.required !== true;
  const list = means.list ?? argument.multiple;
  // The list of a positional argument is several words, that of a sequence is one.
  const separator = means.type === 'Number' ? ',' : ' ';
  addInput(context, { ...means, id, about, optional, list, separator });
}

function addOption(context, option, rule) {
  const { draft } = context;
  const own = identifier(option.name);
  // An argument may have the name of an option.
  const id = draft.inputs.some((input) => input.id === own) ? `${own}_option` : own;
  const flag = `-${option.name}`;
  const about = firstSentence(option.about) || option.name;
  const description = option.about === about ? undefined : plain(option.about);
  const asked =
    option.arguments.length === 0 && rule !== undefined
      ? [{ name: id, type: '', rest: [] }]
      : option.arguments;
  if (rule?.always && asked[0]?.type === '' && rule.out === undefined) {
    draft.words.push(flag);
    return;
  }
  if (rule?.type === 'Flag' || asked.length === 0) {
    addInput(context, { type: 'Flag', id, about, description, flag, optional: true });
    return;
  }
  if (asked.length > 1) {
    addPair(context, { option, asked, id, flag, about, description });
    return;
  }
  const [argument] = asked;
  const means = meaning(context, argument, rule);
  if (means.out !== undefined || means.literal !== undefined) {
    addOptionalOutput(context, { id, flag, about, description, means });
    return;
  }
  const list = means.list ?? option.multiple;
  const repeated = option.multiple && list;
  if (repeated && means.type === 'Number' && means.list) {
    // A list that is repeated: given once.
    addInput(context, { ...means, id, about, description, flag, optional: !option.required, separator: ',' });
    return;
  }
  if (repeated) draft.repeated.push(id);
  addInput(context, {
    ...means,
    id,
    about,
    description,
    flag,
    list,
    optional: !option.required,
    ...(list && !repeated ? { separator: ',' } : {}),
  });
}

/** `-fe a b`: two inputs that stand side by side, all or none. */
function addPair(context, { option, asked, id, flag, about, description }) {
  const { draft } = context;
  const members = asked.map((argument) => `${id}_${identifier(argument.name)}`);
  const means = asked.map((argument) => meaning(context, argument));
  if (means.some(({ out }) => out !== undefined)) {
    draft.left.add(option.name);
    return;
  }
  asked.forEach((argument, index) => {
    addInput(context, {
      ...means[index],
      id: members[index],
      about: `${about} (${argument.name})`,
      ...(index === 0 ? { flag, description } : {}),
      optional: true,
      ...(means[index].list ? { separator: ',' } : {}),
    });
  });
  draft.groups.push({ id: `${id}_pair`, name: `Both values of ${flag}`, members, 'all-or-none': true });
}

/** A flag that asks for an output, and the output: `-mask_out` becomes `write_mask_out` and `mask_out`. */
function addOptionalOutput(context, { id, flag, about, description, means }) {
  const { draft } = context;
  const inside = means.literal;
  const path = `/out/${id}${means.out === 'folder' ? '' : `.${means.ext ?? extension[means.out]}`}`;
  if (means.always) {
    draft.words.push(`${flag} ${path}`);
    draft.outputs.push({ id, about, kind: means.out, path, checks: checksOf(context, means) });
    return;
  }
  if (inside !== undefined) {
    // A file inside a folder that is an output already.
    addInput(context, {
      type: 'Flag',
      id: `write_${id}`,
      about,
      description,
      flag: `${flag} ${inside}`,
      optional: true,
    });
    return;
  }
  addInput(context, { type: 'Flag', id: `write_${id}`, about, description, flag, optional: true });
  const key = `[${id.toUpperCase()}_PATH]`;
  draft.words.push(key);
  draft.outputs.push({
    id,
    about,
    kind: means.out,
    path,
    when: `write_${id}`,
    key,
    checks: checksOf(context, means),
  });
}

function addInput({ draft }, means) {
  const {
    id,
    about,
    description,
    file,
    flag,
    optional = false,
    list = false,
    separator,
    choices,
    integer = false,
  } = means;
  const key = `[${id.toUpperCase()}]`;
  draft.words.push(key);
  draft.inputs.push({
    id,
    name: about || id,
    ...(description === undefined ? {} : { description }),
    type: file === undefined ? means.type : 'File',
    'value-key': key,
    ...(flag === undefined ? {} : { 'command-line-flag': flag }),
    optional,
    ...(list ? { list, ...(separator === undefined ? {} : { 'list-separator': separator }) } : {}),
    ...(means.least === undefined ? {} : { 'min-list-entries': means.least }),
    ...(integer ? { integer } : {}),
    ...(means.minimum === undefined ? {} : { minimum: means.minimum }),
    ...(means['exclusive-minimum'] ? { 'exclusive-minimum': true } : {}),
    ...(means.maximum === undefined ? {} : { maximum: means.maximum }),
    ...(choices === undefined ? {} : { 'value-choices': choices }),
    ...(means.default === undefined ? {} : { 'default-value': means.default }),
    kind: file,
  });
}

/** A data file of a fixel directory, named by the folder and the file: the index lies beside it. */
function addFixelData(draft) {
  draft.words.push('[FIXELS]/[DATA]');
  draft.inputs.push(
    {
      id: 'fixels',
      name: 'Fixel directory',
      type: 'File',
      'value-key': '[FIXELS]',
      optional: false,
      kind: 'folder',
    },
    {
      id: 'data',
      name: 'Data file in the fixel directory, such as afd.mif',
      type: 'String',
      'value-key': '[DATA]',
      optional: false,
    },
  );
}

/** A file in a folder that is an input already. */
function addWithin(draft, id, folder, about) {
  const key = `[${id.toUpperCase()}]`;
  draft.words.push(`[${identifier(folder).toUpperCase()}]/${key}`);
  draft.inputs.push({
    id,
    name: `${about}: its name in ${folder}`,
    type: 'String',
    'value-key': key,
    optional: false,
  });
}

function checksOf({ rules }, { out, checks }) {
  const own = checks ?? [];
  if (out === 'folder' && own.length > 0) return own;
  if (out !== 'mif') return [...(readable[out] ?? []), ...own].filter(distinct);
  return [
    ...readable.mif,
    ...(rules.nan === true ? [] : [{ check: 'mif.finite' }]),
    ...(rules.grid === undefined
      ? []
      : [{ check: 'mif.same-grid', args: { input: identifier(rules.grid) } }]),
    ...own,
  ];
}

function distinct(one, index, all) {
  return all.findIndex(({ check }) => check === one.check) === index;
}

function identifier(name) {
  return name.replace(/[^0-9A-Za-z]+/g, '_').replace(/^_|_$/g, '');
}

function sentence(text) {
  const line = plain(text);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/** The first sentence; a full stop inside a bracket or a number ends none. */
function firstSentence(text) {
  const line = plain(text);
  const end = /^(?:[^.(]|\([^)]*\)|\.(?!\s))*\./.exec(line)?.[0] ?? line;
  return end.replace(/\.$/, '').slice(0, 300);
}

function plain(text) {
  return text
    .replace(/\|br\|/g, '')
    .replace(/[<>]/g, (c) => ({ '<': '(', '>': ')' })[c])
    .replace(/\s+/g, ' ')
    .trim();
}

/** In the form that BibTeX entries are made from, for what the program gives in another one. */
const citedAs = {
  '10.31219/osf.io/c67kn':
    'Smith RE, Raffelt D, Tournier JD, Connelly A. Quantitative streamlines tractography: methods and inter-subject normalisation. OSF Preprints (2020).',
  '10.1007/s00429-017-1431-1':
    'Calamante F, Smith RE, Liang X, Zalesky A, Connelly A. Track-weighted dynamic functional connectivity (TW-dFC): a new method to study time-resolved functional connectivity. Brain Struct Funct 222, 3761-3774 (2017).',
  '10.1016/j.neuroimage.2016.09.029':
    'Raffelt DA, Tournier JD, Smith RE, et al. Investigating white matter fibre density and morphology using fixel-based analysis. NeuroImage 144, 58-73 (2017).',
};

/** References as the program gives them; those with a DOI are citations, too. MRtrix3's own paper is always there. */
function cite(lines) {
  const references = lines.filter(
    (line) => !line.startsWith('Tournier, J.-D.; Smith, R. E.; Raffelt, D.; Tabbara'),
  );
  const named = references.flatMap((line) => {
    const doi = /doi(?:\.org\/|:\s*)(10\.\S+?)\.?$/.exec(line)?.[1];
    return doi === undefined ? [] : [{ text: citedAs[doi] ?? plain(line), doi }];
  });
  return { references, citations: [paper, ...named] };
}
