import { describeSeries, type SeriesFacts } from './series-facts.js';
import type { Verdict } from './verdict.js';

export function notAnImage({ series, text }: SeriesFacts): Verdict | undefined {
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

export function localizer({ text, words, imageType }: SeriesFacts): Verdict | undefined {
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

export function derived({ series, imageType }: SeriesFacts): Verdict | undefined {
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

export function motionCorrected({ text, imageType }: SeriesFacts): Verdict | undefined {
  if (!imageType.has('MOCO') && !/mocoseries/.test(text)) return undefined;
  return { action: 'skip', reason: 'motion-corrected by the scanner: the uncorrected series is the raw one' };
}
