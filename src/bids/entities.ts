/**
 * Entities of BIDS file names in the order in which they stand there
 * (BIDS specification 1.10, "Entity table"; derivative entities included). Short key -> long name.
 */
export const entityTable: readonly (readonly [key: string, name: string])[] = [
  ['tpl', 'template'],
  ['sub', 'subject'],
  ['cohort', 'cohort'],
  ['ses', 'session'],
  ['sample', 'sample'],
  ['task', 'task'],
  ['tracksys', 'tracksys'],
  ['acq', 'acquisition'],
  ['nuc', 'nucleus'],
  ['voi', 'volume'],
  ['ce', 'ceagent'],
  ['trc', 'tracer'],
  ['stain', 'stain'],
  ['rec', 'reconstruction'],
  ['dir', 'direction'],
  ['run', 'run'],
  ['mod', 'modality'],
  ['echo', 'echo'],
  ['flip', 'flip'],
  ['inv', 'inversion'],
  ['mt', 'mtransfer'],
  ['part', 'part'],
  ['proc', 'processing'],
  ['hemi', 'hemisphere'],
  ['space', 'space'],
  ['split', 'split'],
  ['recording', 'recording'],
  ['chunk', 'chunk'],
  ['from', 'from'],
  ['to', 'to'],
  ['mode', 'mode'],
  ['atlas', 'atlas'],
  ['seg', 'segmentation'],
  ['scale', 'scale'],
  ['res', 'resolution'],
  ['den', 'density'],
  ['model', 'model'],
  ['subset', 'subset'],
  ['label', 'label'],
  ['param', 'parameter'],
  ['desc', 'description'],
];

const rank = new Map(entityTable.map(([key], index) => [key, index]));
const keyByName = new Map(entityTable.flatMap(([key, name]) => [[key, key] as const, [name, key] as const]));

/** The short key of an entity given by short key or long name (`task`, `subject`, `sub`), if there is one. */
export function entityKey(name: string): string | undefined {
  return keyByName.get(name);
}

/** Data types of raw and derivative datasets: the folder that a file lies in. */
export const datatypes: ReadonlySet<string> = new Set([
  'anat',
  'beh',
  'dwi',
  'eeg',
  'figures',
  'fmap',
  'func',
  'ieeg',
  'meg',
  'micr',
  'motion',
  'mrs',
  'nirs',
  'perf',
  'pet',
  'phenotype',
  'xfm',
]);

export interface BidsName {
  /** By short key; values as they stand in the name. */
  readonly entities: Readonly<Record<string, string>>;
  /** The part before the extension without an entity: `bold`, `T1w`, `dwi`. */
  readonly suffix: string;
  /** With the leading dot: `.nii.gz`. Empty if there is none. */
  readonly extension: string;
}

/**
 * Takes a file name apart. Undefined when it is no BIDS name: no suffix, or no entity. Labels may hold anything but
 * `_`, so that odd names of real datasets are still found.
 */
export function parseBidsName(fileName: string): BidsName | undefined {
  const parts = fileName.split('_');
  const last = parts.pop() ?? '';
  const dot = last.indexOf('.');
  const suffix = dot < 0 ? last : last.slice(0, dot);
  if (suffix === '' || suffix.includes('-')) return undefined;
  const entities: Record<string, string> = {};
  for (const part of parts) {
    const dash = part.indexOf('-');
    if (dash <= 0) return undefined;
    const key = part.slice(0, dash);
    if (entities[key] !== undefined) return undefined;
    entities[key] = part.slice(dash + 1);
  }
  return { entities, suffix, extension: dot < 0 ? '' : last.slice(dot) };
}

/** The file name of entities, suffix and extension, entities in the order of the specification, unknown ones last. */
export function formatBidsName({ entities, suffix, extension }: BidsName): string {
  const keys = Object.keys(entities).sort(
    (a, b) => (rank.get(a) ?? 99) - (rank.get(b) ?? 99) || (a < b ? -1 : 1),
  );
  return [...keys.map((key) => `${key}-${entities[key]}`), `${suffix}${extension}`].join('_');
}

/** `sub-01/ses-1/func/sub-01_ses-1_task-x_bold.nii.gz`: path in a dataset, POSIX separators. */
export function bidsPath(name: BidsName & { readonly datatype?: string }): string {
  const { sub, ses } = name.entities;
  const folders = [
    sub === undefined ? '' : `sub-${sub}`,
    ses === undefined ? '' : `ses-${ses}`,
    name.datatype ?? '',
  ];
  return [...folders.filter((folder) => folder !== ''), formatBidsName(name)].join('/');
}
