import type { SeriesFacts } from './series-facts.js';
import { compact, type Verdict } from './verdict.js';

export function mp2rage({ text, imageType, run, isPhase }: SeriesFacts): Verdict | undefined {
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

export function structural({ series, text, words, isEpi, isPhase, run }: SeriesFacts): Verdict | undefined {
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
