import { describeSeries, type SeriesFacts } from './series-facts.js';
import { bidsName, compact, type Verdict } from './verdict.js';

/** Fewer volumes than this are no functional run: an aborted one, or one for the distortion correction. */
const FEW_VOLUMES = 10;

export function singleBandReference(facts: SeriesFacts): Verdict | undefined {
  if (!facts.isReference) return undefined;
  const { series, direction, task, run, echo } = facts;
  const part = facts.isPhase ? 'phase' : undefined;
  if (isDiffusion(facts))
    return {
      action: 'convert',
      datatype: 'dwi',
      suffix: 'sbref',
      entities: compact({ direction, run, part }),
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
    entities: compact({ task, direction, run, echo, part }),
    reason: `single-band reference of task ${task}, by its name`,
  };
}

function isDiffusion({ series, text, words, isWeighted, isEpi }: SeriesFacts): boolean {
  if (isWeighted || /^\*?ep_b\d/i.test(series.header.sequenceName)) return true;
  return isEpi && (/dwi|dti|dmri|diff|hardi|noddi/.test(text) || words.has('dsi'));
}

export function diffusion(facts: SeriesFacts): Verdict | undefined {
  if (!isDiffusion(facts)) return undefined;
  const { series, direction, run, isWeighted } = facts;
  const part = facts.isPhase ? 'phase' : undefined;
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
    entities: compact({ direction, run, part }),
    reason: `diffusion-weighted: ${shells} s/mm2 in its headers`,
  };
}

export function namedFieldMap(facts: SeriesFacts): Verdict | undefined {
  const { text, isEpi, run, isGradientEcho } = facts;
  const direction = directionFor(facts);
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

export function restingOrTask({
  series,
  isEpi,
  isPhase,
  task,
  direction,
  run,
  echo,
}: SeriesFacts): Verdict | undefined {
  if (!isEpi || task === undefined) return undefined;
  return {
    action: 'convert',
    datatype: 'func',
    suffix: 'bold',
    entities: compact({ task, direction, run, echo, part: isPhase ? 'phase' : undefined }),
    reason: `EPI over time with task ${task} in its name (${series.volumes} volumes)`,
  };
}

/** Field maps need a direction in their names: by the protocol, else by the header. */
function directionFor({ direction, measured }: SeriesFacts): string | undefined {
  return direction ?? measured;
}

/** Short EPI series of several phase-encoding directions and no task: what TOPUP and its kin are fed with. */
export function reversedPhaseEncoding(facts: SeriesFacts, all: readonly SeriesFacts[]): Verdict | undefined {
  const isOne = (each: SeriesFacts): boolean =>
    each.isEpi &&
    each.task === undefined &&
    directionFor(each) !== undefined &&
    each.series.volumes < FEW_VOLUMES &&
    !isDiffusion(each);
  if (!isOne(facts)) return undefined;
  const direction = directionFor(facts);
  const others = all.filter(
    (each) =>
      each !== facts &&
      each.series.patientId === facts.series.patientId &&
      each.isEpi &&
      directionFor(each) !== undefined &&
      directionFor(each) !== direction,
  );
  if (others.length === 0) return undefined;
  const directions = [...new Set(others.map(directionFor))].join(', ');
  const echo = facts.isGradientEcho ? 'gradient-echo' : 'spin-echo';
  return {
    action: 'convert',
    datatype: 'fmap',
    suffix: 'epi',
    entities: compact({ direction, run: facts.run }),
    reason: `${echo} EPI with phase encoding ${direction} in its ${facts.direction === undefined ? 'header' : 'name'}, ${facts.series.volumes} volumes, no task, beside ${directions}: a field map by phase encoding`,
  };
}

/** Words that say how an EPI was measured, not what the participant did. */
const technicalWords =
  /^(ep2d|epi|bold|fmri|func|functional|cmrr|mbep2d|mb\d*|sms\d*|me|mepi|ap|pa|lr|rl|pe|dir|moco|run|\d+mm|\d+iso|iso|tr\d*|te\d*|\d+|mm|p\d|s\d|pace|run\d+|cmrrmbep2d|ge|gre|fid)$/;

export function functionalWithoutTask(facts: SeriesFacts): Verdict | undefined {
  const { series, isEpi, text, words, direction, run, echo } = facts;
  if (!isEpi && !/bold|fmri/.test(text)) return undefined;
  const guess = [...words].filter((word) => !technicalWords.test(word)).slice(0, 2);
  return {
    action: 'ask',
    question: `${describeSeries(series)} is EPI with ${series.volumes} volumes and its name says no task: which task is it?`,
    names: [
      ...[...guess, 'NAME'].map((task) => bidsName('func', 'bold', compact({ task, direction, run, echo }))),
      ...(direction === undefined ? [] : [bidsName('fmap', 'epi', compact({ direction, run }))]),
      'skip',
    ],
  };
}
