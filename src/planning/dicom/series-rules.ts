import { gradientEchoFieldMap } from './field-map-rules.js';
import { mp2rage, structural } from './anatomical-rules.js';
import { derived, localizer, motionCorrected, notAnImage } from './discard-rules.js';
import {
  diffusion,
  functionalWithoutTask,
  namedFieldMap,
  restingOrTask,
  reversedPhaseEncoding,
  singleBandReference,
} from './epi-rules.js';
import { describeSeries, type SeriesFacts } from './series-facts.js';
import { bidsName, type Rule, type Verdict } from './verdict.js';

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
    if (verdict !== undefined) return contradiction(facts, verdict) ?? verdict;
  }
  return {
    action: 'ask',
    question: `${describeSeries(facts.series)} fits no rule: what is it?`,
    names: ['anat/T1w', 'func/task-NAME_bold', 'skip'],
  };
}

/** A direction that the protocol claims and the header denies: copied protocols keep their names. */
function contradiction({ series, measured }: SeriesFacts, verdict: Verdict): Verdict | undefined {
  if (verdict.action !== 'convert' || measured === undefined) return undefined;
  const named = verdict.entities['direction'];
  if (named === undefined || named === measured) return undefined;
  const { datatype, suffix, entities } = verdict;
  return {
    action: 'ask',
    question: `${describeSeries(series)} is named ${named}, and its header says phase encoding ${measured}: what is it to be called?`,
    names: [measured, named].map((direction) => bidsName(datatype, suffix, { ...entities, direction })),
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
