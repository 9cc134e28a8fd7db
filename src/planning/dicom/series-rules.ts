import { describeSeries, type SeriesFacts } from './series-facts.js';

/** What a rule makes of a series. Entities by long name, without subject and session. */
export type Verdict =
  | {
      readonly action: 'convert';
      readonly datatype: string;
      readonly suffix: string;
      readonly entities: Readonly<Record<string, string>>;
      readonly reason: string;
    }
  | { readonly action: 'skip'; readonly reason: string }
  | {
      readonly action: 'ask';
      /** What cannot be told from the header, in one sentence. */
      readonly question: string;
      /** BIDS names that may be meant. */
      readonly names: readonly string[];
    };

/** Fewer volumes than this are no functional run: an aborted one, or one for the distortion correction. */
const FEW_VOLUMES = 10;

type Rule = (facts: SeriesFacts, all: readonly SeriesFacts[]) => Verdict | undefined;

/**
 * Rules from the most to the least certain; the first that has an answer wins. Names come first where a lab follows
 * ReproIn (https://dbic-handbook.readthedocs.io/en/latest/mri/reproin.html); the rest follows the habits of heudiconv's
 * heuristics and dcm2niix's BidsGuess.
 */
const rules: readonly Rule[] = [
  reproin,
  notAnImage,
  localizer,
  derived,
  motionCorrected,
  gradientEchoFieldMap,
  singleBandReference,
  diffusion,
  namedFieldMap,
  restingOrTask,
  reversedPhaseEncoding,
  functionalWithoutTask,
  mp2rage,
  structural,
];

export function nameSeries(facts: SeriesFacts, all: readonly SeriesFacts[]): Verdict {
  for (const rule of rules) {
    const verdict = rule(facts, all);
    if (verdict !== undefined) return verdict;
  }
  return {
    action: 'ask',
    question: `${describeSeries(facts.series)} fits no rule: what is it?`,
    names: ['anat/T1w', 'func/task-NAME_bold', 'skip'],
  };
}

/** `anat-T1w_acq-1mm_run-1`, `func_task-rest`, `dwi_dir-AP__custom`: the name says everything. */
function reproin({ series }: SeriesFacts): Verdict | undefined {
  const defaults: Readonly<Record<string, string>> = { func: 'bold', dwi: 'dwi', fmap: 'epi' };
  for (const name of [series.protocolName, series.description]) {
    const match = /^(anat|func|dwi|fmap|perf)(?:-([A-Za-z0-9]+))?((?:_[a-z]+-[A-Za-z0-9]+)*)(?:__.*)?$/.exec(
      name,
    );
    if (match === null) continue;
    const [, datatype = '', label, rest = ''] = match;
    if (label === 'scout') return { action: 'skip', reason: `named ${name}: a scout` };
    const suffix = label ?? defaults[datatype];
    if (suffix === undefined || suffix === '') continue;
    const parts = rest.split('_').filter((part) => part !== '' && !part.startsWith('ses-'));
    const entities: Record<string, string> = {};
    for (const part of parts) {
      const [key = '', value = ''] = part.split('-');
      const long = reproinEntities[key];
      if (long !== undefined) entities[long] = value;
    }
    if (suffix === 'bold' && entities['task'] === undefined) continue;
    return { action: 'convert', datatype, suffix, entities, reason: `named ${name} after ReproIn` };
  }
  return undefined;
}

const reproinEntities: Readonly<Record<string, string>> = {
  task: 'task',
  acq: 'acquisition',
  run: 'run',
  dir: 'direction',
  echo: 'echo',
  rec: 'reconstruction',
  ce: 'ceagent',
};

function notAnImage({ series, text }: SeriesFacts): Verdict | undefined {
  const { modality } = series.header;
  if (/phoenix ?zip ?report/.test(text))
    return { action: 'skip', reason: 'a report of the scanner, no image' };
  if (['SR', 'PR', 'KO', 'DOC', 'SEG', 'RTSTRUCT', 'REG', 'RWV'].includes(modality))
    return { action: 'skip', reason: `modality ${modality}, no image` };
  if (modality !== 'MR')
    return {
      action: 'ask',
      question: `${describeSeries(series)} has modality ${modality || '(none)'}, and there are rules for MR only: what is it?`,
      names: ['skip'],
    };
  return undefined;
}

function localizer({ text, words, imageType }: SeriesFacts): Verdict | undefined {
  const named = /locali[sz]er|scout|survey|(?:3|three|tri)[- _]?plane?/.test(text) || words.has('loc');
  if (!named && !imageType.has('LOCALIZER')) return undefined;
  return { action: 'skip', reason: 'a localizer: positions the others, carries no data' };
}

/** Image types and name endings of maps that the scanner computes from other series. */
const derivedTypes: ReadonlyMap<string, string> = new Map([
  ['ADC', 'apparent diffusion coefficient'],
  ['FA', 'fractional anisotropy'],
  ['TRACEW', 'trace-weighted images'],
  ['TENSOR', 'diffusion tensor'],
  ['TENSOR_B0', 'diffusion tensor'],
  ['COLFA', 'coloured anisotropy'],
  ['EXP', 'exponential diffusion'],
  ['MPR', 'a reformatted view'],
  ['CSA MPR', 'a reformatted view'],
  ['REFORMATTED', 'a reformatted view'],
  ['PROJECTION IMAGE', 'a projection'],
  ['MIP', 'a projection'],
  ['MNIP', 'a projection'],
  ['T-MAP', 'a statistical map'],
  ['TTEST', 'a statistical map'],
  ['MEAN', 'a mean image'],
]);

function derived({ series, imageType }: SeriesFacts): Verdict | undefined {
  const [origin, purpose] = series.header.imageType.map((part) => part.toUpperCase());
  for (const type of imageType) {
    const what = derivedTypes.get(type);
    if (what !== undefined && (origin === 'DERIVED' || purpose === 'SECONDARY'))
      return { action: 'skip', reason: `${what} (${type}), computed by the scanner from another series` };
  }
  const ending = /_(adc|fa|tracew|colfa|tensor|exp)$/i.exec(series.description)?.[1];
  const named = ending === undefined ? undefined : derivedTypes.get(ending.toUpperCase());
  if (named !== undefined) return { action: 'skip', reason: `${named} by its name, computed by the scanner` };
  if (purpose === 'SECONDARY')
    return {
      action: 'skip',
      reason: `image type ${series.header.imageType.join('\\')}: made from other images`,
    };
  return undefined;
}

function motionCorrected({ text, imageType }: SeriesFacts): Verdict | undefined {
  if (!imageType.has('MOCO') && !/mocoseries/.test(text)) return undefined;
  return { action: 'skip', reason: 'motion-corrected by the scanner: the uncorrected series is the raw one' };
}

function gradientEchoFieldMap({ series, text, isEpi, isPhase }: SeriesFacts): Verdict | undefined {
  if (isEpi || !/field[-_ ]?map|fieldmap|gre_field|b0[-_ ]?map/.test(text)) return undefined;
  return {
    action: 'ask',
    question: `${describeSeries(series)} looks like the ${isPhase ? 'phase' : 'magnitude'} of a gradient-echo field map, whose echoes the header of one file does not tell: what is it?`,
    names: isPhase
      ? ['fmap/phasediff', 'fmap/phase1', 'skip']
      : ['fmap/magnitude1', 'fmap/magnitude', 'skip'],
  };
}

function singleBandReference(facts: SeriesFacts): Verdict | undefined {
  if (!facts.isReference) return undefined;
  const { series, direction, task, run } = facts;
  if (isDiffusion(facts))
    return {
      action: 'convert',
      datatype: 'dwi',
      suffix: 'sbref',
      entities: compact({ direction, run }),
      reason: 'single-band reference of a diffusion series, by its name',
    };
  if (task === undefined)
    return {
      action: 'ask',
      question: `${describeSeries(series)} is a single-band reference, and its name says no task: of which?`,
      names: ['func/task-NAME_sbref', 'skip'],
    };
  return {
    action: 'convert',
    datatype: 'func',
    suffix: 'sbref',
    entities: compact({ task, direction, run }),
    reason: `single-band reference of task ${task}, by its name`,
  };
}

function isDiffusion({ series, text, words, isWeighted, isEpi }: SeriesFacts): boolean {
  if (isWeighted || /^\*?ep_b\d/i.test(series.header.sequenceName)) return true;
  return isEpi && (/dwi|dti|dmri|diff|hardi|noddi/.test(text) || words.has('dsi'));
}

function diffusion(facts: SeriesFacts): Verdict | undefined {
  if (!isDiffusion(facts)) return undefined;
  const { series, direction, run, isWeighted } = facts;
  const shells = series.bValues.map((b) => `b=${Math.round(b)}`).join(', ');
  if (!isWeighted && series.bValues.length > 0)
    return {
      action: 'convert',
      datatype: 'fmap',
      suffix: 'epi',
      entities: compact({ acquisition: 'dwi', direction, run }),
      reason: `a diffusion sequence with ${shells} only: for the distortion correction, by phase encoding ${direction ?? 'unknown'}`,
    };
  if (!isWeighted)
    return {
      action: 'ask',
      question: `${describeSeries(series)} is named like diffusion, and no file says a b-value: what is it?`,
      names: [
        bidsName('dwi', 'dwi', compact({ direction })),
        bidsName('fmap', 'epi', compact({ direction })),
        'skip',
      ],
    };
  return {
    action: 'convert',
    datatype: 'dwi',
    suffix: 'dwi',
    entities: compact({ direction, run }),
    reason: `diffusion-weighted: ${shells} s/mm2 in its headers`,
  };
}

function namedFieldMap({ text, isEpi, direction, run, isGradientEcho }: SeriesFacts): Verdict | undefined {
  if (!isEpi || direction === undefined) return undefined;
  const named =
    /topup|field[-_ ]?map|fmap|spin[-_ ]?echo|se[-_]epi|distortion|pepolar|blip|rev(?:erse)?[-_ ]?pe/.exec(
      text,
    )?.[0];
  if (named === undefined) return undefined;
  return {
    action: 'convert',
    datatype: 'fmap',
    suffix: 'epi',
    entities: compact({ direction, run }),
    reason: `${isGradientEcho ? 'gradient' : 'spin'}-echo EPI named "${named}" with phase encoding ${direction}: a field map`,
  };
}

function restingOrTask({ series, isEpi, isPhase, task, direction, run }: SeriesFacts): Verdict | undefined {
  if (!isEpi || task === undefined) return undefined;
  return {
    action: 'convert',
    datatype: 'func',
    suffix: 'bold',
    entities: compact({ task, direction, run, part: isPhase ? 'phase' : undefined }),
    reason: `EPI over time with task ${task} in its name (${series.volumes} volumes)`,
  };
}

/** Short EPI series of several phase-encoding directions and no task: what TOPUP and its kin are fed with. */
function reversedPhaseEncoding(facts: SeriesFacts, all: readonly SeriesFacts[]): Verdict | undefined {
  const isOne = (each: SeriesFacts): boolean =>
    each.isEpi &&
    each.task === undefined &&
    each.direction !== undefined &&
    each.series.volumes < FEW_VOLUMES &&
    !isDiffusion(each);
  if (!isOne(facts)) return undefined;
  const others = all.filter(
    (each) =>
      each !== facts &&
      each.series.patientId === facts.series.patientId &&
      each.isEpi &&
      each.direction !== undefined &&
      each.direction !== facts.direction,
  );
  if (others.length === 0) return undefined;
  const directions = [...new Set(others.map((each) => each.direction))].join(', ');
  const echo = facts.isGradientEcho ? 'gradient-echo' : 'spin-echo';
  return {
    action: 'convert',
    datatype: 'fmap',
    suffix: 'epi',
    entities: compact({ direction: facts.direction, run: facts.run }),
    reason: `${echo} EPI with phase encoding ${facts.direction} in its name, ${facts.series.volumes} volumes, no task, beside ${directions}: a field map by phase encoding`,
  };
}

/** Words that say how an EPI was measured, not what the participant did. */
const technicalWords =
  /^(ep2d|epi|bold|fmri|func|functional|cmrr|mbep2d|mb\d*|sms\d*|me|mepi|ap|pa|lr|rl|pe|dir|moco|run|\d+mm|\d+iso|iso|tr\d*|te\d*|\d+|mm|p\d|s\d|pace|run\d+|cmrrmbep2d|ge|gre|fid)$/;

function functionalWithoutTask(facts: SeriesFacts): Verdict | undefined {
  const { series, isEpi, text, words, direction, run } = facts;
  if (!isEpi && !/bold|fmri/.test(text)) return undefined;
  const guess = [...words].filter((word) => !technicalWords.test(word)).slice(0, 2);
  return {
    action: 'ask',
    question: `${describeSeries(series)} is EPI with ${series.volumes} volumes and its name says no task: which task is it?`,
    names: [
      ...[...guess, 'NAME'].map((task) => bidsName('func', 'bold', compact({ task, direction, run }))),
      ...(direction === undefined ? [] : [bidsName('fmap', 'epi', compact({ direction, run }))]),
      'skip',
    ],
  };
}

function mp2rage({ text, imageType, run, isPhase }: SeriesFacts): Verdict | undefined {
  if (!/mp2rage/.test(text)) return undefined;
  const convert = (suffix: string, entities: Record<string, string | undefined>): Verdict => ({
    action: 'convert',
    datatype: 'anat',
    suffix,
    entities: compact({ ...entities, run }),
    reason: `MP2RAGE, ${suffix === 'UNIT1' ? 'the combined image' : `inversion ${entities['inversion']}`}`,
  });
  if (imageType.has('UNI') || /_uni(?:_|-|$)/.test(text)) return convert('UNIT1', {});
  const inversion = /inv[-_ ]?([12])/.exec(text)?.[1];
  return inversion === undefined
    ? undefined
    : convert('MP2RAGE', { inversion, part: isPhase ? 'phase' : undefined });
}

function structural({ series, text, words, isEpi, isPhase, run }: SeriesFacts): Verdict | undefined {
  if (isEpi || isPhase) return undefined;
  const sequence = series.header.sequenceName.toLowerCase();
  const convert = (suffix: string, why: string): Verdict => ({
    action: 'convert',
    datatype: 'anat',
    suffix,
    entities: compact({ run }),
    reason: `${suffix} by ${why}`,
  });
  // FLAIR before T2: its names often say both.
  if (/flair|dark[-_ ]?fluid|tirm/.test(text)) return convert('FLAIR', 'its name');
  if (/t2\*|t2[-_ ]?star|t2s(?![a-z])/.test(text)) return convert('T2starw', 'its name');
  if (
    /mp[-_ ]?rage|t1w|t1[-_ ]?(?:weighted|3d|mpr|space|tfe|spgr|bravo)|(?:^|[^a-z])t1(?![0-9a-z])|bravo|spgr/.test(
      text,
    ) &&
    !words.has('map')
  )
    return convert('T1w', 'its name');
  if (
    /t2w|t2[-_ ]?(?:weighted|spc|space|tse|fse|3d|cube)|(?:^|[^a-z])t2(?![0-9a-z*])/.test(text) &&
    !words.has('map')
  )
    return convert('T2w', 'its name');
  if (/pdw|proton[-_ ]?density/.test(text)) return convert('PDw', 'its name');
  if (/^\*?tfl3d/.test(sequence))
    return convert(
      'T1w',
      `its sequence (${series.header.sequenceName}: inversion-prepared 3D gradient echo)`,
    );
  return undefined;
}

/** `func/task-rest_dir-AP_bold`: a name as the map of a person gives it. */
export function bidsName(
  datatype: string,
  suffix: string,
  entities: Readonly<Record<string, string>>,
): string {
  const order = ['task', 'acquisition', 'reconstruction', 'direction', 'run', 'part'];
  const short: Readonly<Record<string, string>> = {
    acquisition: 'acq',
    reconstruction: 'rec',
    direction: 'dir',
  };
  const parts = order.flatMap((name) =>
    entities[name] === undefined ? [] : [`${short[name] ?? name}-${entities[name]}`],
  );
  return `${datatype}/${[...parts, suffix].join('_')}`;
}

function compact(entities: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entities).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
