import { posix } from 'node:path';
import type { Descriptor } from '../boutiques/schema.js';
import { artifactKind, type ArtifactKind } from '../contract.js';
import { programName } from '../lint.js';
import { containerImage } from './container-image.js';

/** Something that a descriptor does not say, or that a person may want to say otherwise. */
export interface Question {
  /** As in `--set key=value`. */
  readonly key: string;
  readonly text: string;
  /** What is taken where nobody answers: what the descriptor says, or the most careful choice. */
  readonly fallback?: string;
  /** What is likely: shown to a person, never taken unseen. */
  readonly guess?: string;
  readonly choices?: readonly string[];
  /** What is wrong with an answer. */
  readonly refuse?: (answer: string) => string | undefined;
}

export interface Surroundings {
  /** Executables by environment. */
  readonly environments: ReadonlyMap<string, readonly string[]>;
}

export type Answers = ReadonlyMap<string, string>;

/** Ends of file names and the kinds they mean; the longest end wins. */
const extensions: Readonly<Record<string, ArtifactKind>> = {
  '.nii.gz': 'nifti',
  '.nii': 'nifti',
  '.mif': 'mif',
  '.mif.gz': 'mif',
  '.tck': 'tck',
  '.gii': 'gifti',
  '.mgz': 'mgh',
  '.mgh': 'mgh',
  '.bval': 'bval',
  '.bvec': 'bvec',
  '.json': 'json',
  '.tsv': 'tsv',
  '.csv': 'csv',
  '.txt': 'text',
  '.log': 'text',
  '.html': 'html',
  '.svg': 'svg',
  '.png': 'png',
  '.edf': 'edf',
  '.vhdr': 'brainvision',
  '.set': 'eeglab',
  '.fif': 'fif',
};

/** Checks that a kind always deserves, beyond being there. */
const checksOf: Partial<Record<ArtifactKind, readonly string[]>> = {
  nifti: ['nifti.readable', 'nifti.affine', 'nifti.finite', 'nifti.non-constant'],
  mif: ['mif.readable', 'mif.affine', 'mif.finite', 'mif.non-constant'],
  tck: ['tck.readable'],
  json: ['json.valid'],
  text: ['file.nonempty', 'text.utf8'],
  html: ['file.nonempty', 'text.utf8'],
  svg: ['file.nonempty', 'text.utf8'],
  csv: ['file.nonempty', 'text.utf8'],
  tsv: ['file.nonempty', 'text.utf8'],
};

/** Environment that is made from the image of the descriptor. */
export const FROM_IMAGE = 'image';

/** Everything to be asked about a descriptor, in order; later questions may depend on earlier answers. */
export function* questionsOf(
  descriptor: Descriptor,
  answers: Answers,
  { environments }: Surroundings,
): Generator<Question> {
  const program = programName(descriptor);
  const image = containerImage(descriptor['container-image']);
  const offering = [...environments].filter(([, offered]) => offered.includes(program)).map(([name]) => name);
  const known = [...(image === undefined ? [] : [FROM_IMAGE]), ...offering];
  yield {
    key: 'environment',
    text:
      known.length === 0
        ? `no environment here offers ${program}, and the descriptor names no image that can be pulled: add an environment first`
        : `Which environment offers ${program}?${image === undefined ? '' : ` (${FROM_IMAGE}: a new one from ${image.reference})`}`,
    choices: known,
    ...only(known.length === 1 ? known[0] : undefined),
  };
  if (answers.get('environment') === FROM_IMAGE)
    yield { key: 'license', text: `Licence of ${descriptor.name}, such as MIT or non-commercial?` };
  yield* inputQuestions(descriptor, answers);
  yield* outputQuestions(descriptor, answers);
  const resources = resourcesOf(descriptor);
  yield {
    key: 'cpus',
    text: 'How many cpus does it use?',
    fallback: resources.cpus ?? '1',
    refuse: whole(1),
  };
  yield {
    key: 'memory_mb',
    text: 'How much memory does it need, in MB?',
    ...only(resources.memory),
    refuse: whole(16),
  };
  yield {
    key: 'typical_s',
    text: 'How many seconds does it usually take?',
    ...only(resources.seconds),
    refuse: whole(0),
  };
  yield {
    key: 'determinism',
    text: 'Does a second run give the same bytes?',
    choices: ['bitwise', 'bitwise-single-thread', 'tolerance'],
    fallback: 'tolerance',
  };
  yield {
    key: 'network',
    text: 'Does it need the network?',
    choices: ['none', 'required'],
    fallback: 'none',
  };
  yield {
    key: 'capability',
    text: 'What does it provide, whatever the tool?',
    fallback: kebab(descriptor.name),
    refuse: capability,
  };
  yield {
    key: 'citation',
    text: 'Which paper is cited, such as "Smith 2002, Fast robust brain extraction"?',
  };
  yield { key: 'doi', text: 'Its DOI?', ...only(doiOf(descriptor)), refuse: notDoi };
}

function* inputQuestions(descriptor: Descriptor, answers: Answers): Generator<Question> {
  for (const input of descriptor.inputs) {
    if (input.type !== 'File') continue;
    const key = `inputs.${input.id}`;
    const what = `${input.id} (${input.description ?? input.name})`;
    const guess = kindOf(`${input.name} ${input.description ?? ''}`.split(/[\s(),;'"]+/));
    yield {
      key: `${key}.kind`,
      text: `What kind of file is ${what}?`,
      choices: artifactKind.options,
      ...(guess === undefined ? {} : { guess }),
    };
    if (['nifti', 'mif'].includes(answers.get(`${key}.kind`) ?? ''))
      yield {
        key: `${key}.dimensions`,
        text: `Is ${input.id} 3D or 4D?`,
        choices: ['3', '4', 'any'],
        fallback: 'any',
      };
  }
}

function* outputQuestions(descriptor: Descriptor, answers: Answers): Generator<Question> {
  const roles = descriptor.inputs.filter(({ type }) => type === 'File').map(({ id }) => id);
  for (const output of descriptor['output-files']) {
    const key = `outputs.${output.id}`;
    const templates = [
      ...(output['path-template'] === undefined ? [] : [output['path-template']]),
      ...(output['conditional-path-template'] ?? []).flatMap((entry) => Object.values(entry)),
    ];
    yield {
      key: `${key}.kind`,
      text: `What kind of file is the output ${output.id} (${output.description ?? output.name})?`,
      choices: artifactKind.options,
      ...only(kindOf(templates)),
    };
    const kind = artifactKind.safeParse(answers.get(`${key}.kind`)).data;
    if (kind === 'nifti' || kind === 'mif')
      yield {
        key: `${key}.same_grid`,
        text: `On the grid of which input does ${output.id} lie?`,
        choices: [...roles.filter((role) => (answers.get(`inputs.${role}.kind`) ?? kind) === kind), 'none'],
      };
    const checks = checksOf[kind ?? 'any'];
    yield {
      key: `${key}.checks`,
      text: `Which checks would catch a wrong ${output.id}? (names with commas; \`neuroclaw skills check\` knows them)`,
      ...only(checks?.join(',')),
    };
  }
}

/** The kind that the end of one of several texts means; undefined where none or several are meant. */
function kindOf(texts: readonly string[]): ArtifactKind | undefined {
  const ends = Object.keys(extensions).sort((a, b) => b.length - a.length);
  const found = new Set(
    texts.flatMap((text) => {
      const name = posix.basename(text).toLowerCase();
      const end = ends.find((candidate) => name.endsWith(candidate));
      return end === undefined ? [] : [extensions[end]];
    }),
  );
  const [kind] = found;
  return found.size === 1 ? kind : undefined;
}

/** `suggested-resources` of Boutiques: cores, GB of memory, seconds. */
function resourcesOf(descriptor: Descriptor): { cpus?: string; memory?: string; seconds?: string } {
  const said = (descriptor['suggested-resources'] ?? {}) as Record<string, unknown>;
  const number = (name: string, factor = 1): string | undefined => {
    const value = said[name];
    return typeof value === 'number' && value > 0 ? String(Math.ceil(value * factor)) : undefined;
  };
  const [cpus, memory, seconds] = [number('cpu-cores'), number('ram', 1024), number('walltime-estimate')];
  return {
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memory }),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

function doiOf(descriptor: Descriptor): string | undefined {
  const said = descriptor['tool-doi'];
  const doi = typeof said === 'string' ? said.replace(/^(https?:\/\/(dx\.)?doi\.org\/|doi:\s*)/i, '') : '';
  return notDoi(doi) === undefined ? doi : undefined;
}

/** Lower-case letters, digits and single hyphens, as names of skills are. */
export function kebab(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
    .replace(/-+$/, '');
}

function only(fallback: string | undefined): { fallback: string } | Record<string, never> {
  return fallback === undefined ? {} : { fallback };
}

function whole(least: number): (answer: string) => string | undefined {
  return (answer) =>
    /^\d+$/.test(answer) && Number(answer) >= least ? undefined : `a whole number, at least ${least}`;
}

function capability(answer: string): string | undefined {
  return kebab(answer) === answer && answer !== ''
    ? undefined
    : 'lower-case words with hyphens, such as brain-extraction';
}

function notDoi(answer: string): string | undefined {
  return /^10\.\d{4,9}\/\S+$/.test(answer)
    ? undefined
    : 'a DOI such as 10.1002/hbm.10062, without https://doi.org/';
}
