import { NeuroClawError } from '../kernel/errors.js';

/**
 * Entities of BIDS file names in the order in which they stand there: `rules/entities.yaml` of the BIDS schema 1.11,
 * and where tools put those of derivatives that it has no name for yet (`from`, `to`, `mode` of transforms; `model`,
 * `subset`, `param` of diffusion models). Short key, long name.
 */
export const entityTable: readonly (readonly [key: string, name: string])[] = [
  ['sub', 'subject'],
  ['tpl', 'template'],
  ['ses', 'session'],
  ['cohort', 'cohort'],
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
  ['prov', 'prov'],
  ['desc', 'description'],
];

const rank = new Map(entityTable.map(([key], index) => [key, index]));
/** `desc` stands last, after entities that nobody knows. */
const UNKNOWN_RANK = entityTable.length - 1.5;
const keyByName = new Map(entityTable.flatMap(([key, name]) => [[key, key] as const, [name, key] as const]));

/** The short key of an entity given by short key or long name (`task`, `subject`, `sub`), if there is one. */
export function entityKey(name: string): string | undefined {
  return keyByName.get(name);
}

/** Data types (`objects/datatypes.yaml` of the BIDS schema): the folder that a file lies in. */
export const datatypes: ReadonlySet<string> = new Set(
  'anat beh dwi eeg emg fmap func ieeg meg micr motion mrs nirs perf pet phenotype'.split(' '),
);

/** Suffixes that may be a whole name, without any entity, as files that lower levels inherit (`T1w.json`, `dwi.bval`). */
const suffixes: ReadonlySet<string> = new Set(
  (
    'ADC FA FLAIR FLASH Chimap IRT1 M0map MEGRE MESE MP2RAGE MPM MTR MTRmap MTS MTVmap MTsat MWFmap PD PDT2 PDmap PDw ' +
    'R1map R2map R2starmap RB1COR RB1map S0map T1map T1rho T1w T2map T2star T2starmap T2starw T2w TB1AFI TB1DAM ' +
    'TB1EPI TB1RFM TB1SRGE TB1TFL TB1map UNIT1 VFA angio asl aslcontext asllabeling beh blood bold cbv channels colFA ' +
    'coordsystem defacemask descriptions dseg dwi eeg electrodes emg epi events expADC fieldmap headshape ieeg ' +
    'inplaneT1 inplaneT2 m0scan magnitude magnitude1 magnitude2 markers mask meg motion mrsi mrsref nirs noRF optodes ' +
    'participants pet phase phase1 phase2 phasediff photo physio physioevents probseg samples sbref scans sessions ' +
    'stim svs trace unloc ' +
    '2PE BF CARS CONF DF DIC FLUO MPE NLO OCT PC PLI SEM SPIM SR TEM XPCT uCT'
  ).split(' '),
);

export interface BidsName {
  /** By short key; values as they stand in the name. */
  readonly entities: Readonly<Record<string, string>>;
  /** The part before the extension without an entity: `bold`, `T1w`, `dwi`. */
  readonly suffix: string;
  /** With the leading dot: `.nii.gz`. Empty if there is none. */
  readonly extension: string;
}

const KEY = /^[A-Za-z0-9]+$/;

/**
 * Takes a file name apart. Labels may hold anything but `_`, so that odd names of real datasets are still found; of
 * entities that the table does not know there must stand one beside them that it does. Undefined for what is no BIDS
 * name: `README`, `dataset_description.json`, `lh.pial`, no suffix (`sub-01.html`), an entity twice.
 */
export function parseBidsName(fileName: string): BidsName | undefined {
  const parts = fileName.split('_');
  const last = parts.pop() ?? '';
  // In the last part only: labels may hold dots.
  const dot = last.indexOf('.');
  const stem = dot < 0 ? last : last.slice(0, dot);
  const extension = dot < 0 ? '' : last.slice(dot);
  if (stem === '' || stem.includes('-')) return undefined;

  const entities: Record<string, string> = {};
  let known = false;
  for (const part of parts) {
    const dash = part.indexOf('-');
    const key = part.slice(0, Math.max(dash, 0));
    if (!KEY.test(key) || dash === part.length - 1 || Object.hasOwn(entities, key)) return undefined;
    entities[key] = part.slice(dash + 1);
    known ||= rank.has(key);
  }
  if (!known && (parts.length > 0 || !suffixes.has(stem))) return undefined;
  return { entities, suffix: stem, extension };
}

/**
 * The file name of entities (by short key), suffix and extension: entities in the order of the specification, unknown
 * ones before `desc`. Throws input.invalid for a part that would break the name or leave its folder, so that the
 * result always reads back as it was written.
 */
export function formatBidsName({ entities, suffix, extension }: BidsName): string {
  const keys = Object.keys(entities).sort(
    (a, b) => (rank.get(a) ?? UNKNOWN_RANK) - (rank.get(b) ?? UNKNOWN_RANK) || (a < b ? -1 : 1),
  );
  const pairs = keys.map((key) => `${key}-${checkedLabel(key, entities[key] ?? '')}`);
  const name = [...pairs, suffix].join('_') + extension;
  if (
    /[/\0]/.test(name) ||
    suffix === '' ||
    /[-_.]/.test(suffix) ||
    extension.includes('_') ||
    (extension !== '' && !extension.startsWith('.'))
  ) {
    throw new NeuroClawError('input.invalid', `${JSON.stringify(name)} cannot be a BIDS name`, {
      expected: 'a suffix of letters and digits, and an extension that starts with a dot',
    });
  }
  return name;
}

function checkedLabel(key: string, label: string): string {
  if (KEY.test(key) && label !== '' && !/[_/\0]/.test(label)) return label;
  throw new NeuroClawError(
    'input.invalid',
    `${JSON.stringify(`${key}-${label}`)} cannot stand in a BIDS name`,
    {
      place: { field: key },
      expected: 'a label that is not empty and has no `_` and no `/`',
    },
  );
}

/**
 * `sub-01/ses-1/func/sub-01_ses-1_task-x_bold.nii.gz`: path in a dataset, POSIX separators. Throws as
 * `formatBidsName` does, and for a data type that is not one folder.
 */
export function bidsPath(name: BidsName & { readonly datatype?: string }): string {
  const fileName = formatBidsName(name);
  const folders: string[] = [];
  for (const key of ['sub', 'tpl', 'ses', 'cohort']) {
    const label = name.entities[key];
    if (label !== undefined) folders.push(`${key}-${label}`);
  }
  if (name.datatype !== undefined && name.datatype !== '') {
    if (/[/\0]|^\.\.?$/.test(name.datatype)) {
      throw new NeuroClawError('input.invalid', `${JSON.stringify(name.datatype)} is no data type`, {
        place: { field: 'datatype' },
        expected: 'one folder name, such as func or dwi',
      });
    }
    folders.push(name.datatype);
  }
  return [...folders, fileName].join('/');
}
