import { describeSeries, type SeriesFacts } from './series-facts.js';
import { compact, type Verdict } from './verdict.js';

/**
 * Gradient-echo field maps (BIDS specification, "Fieldmap data"): the magnitude of two echoes, and their phase
 * difference or the phase of each. Which file is which echo the headers tell where a series has two; whether one
 * phase image is a difference they tell where it carries the echo time of the second magnitude, as that of Siemens does.
 * Anything else is asked.
 */
export function gradientEchoFieldMap(facts: SeriesFacts, all: readonly SeriesFacts[]): Verdict | undefined {
  if (!isFieldMap(facts)) return undefined;
  const { series, isPhase, echo, run } = facts;
  const own = all.filter(
    (each) => isFieldMap(each) && each.series.studyUid === series.studyUid && each.run === run,
  );
  if (echo !== undefined && siblings(facts, own).length === 2)
    return {
      action: 'convert',
      datatype: 'fmap',
      suffix: `${isPhase ? 'phase' : 'magnitude'}${echo}`,
      entities: compact({ run }),
      reason: `${isPhase ? 'phase' : 'magnitude'} of echo ${echo} of two (${milliseconds(facts)}) of a gradient-echo field map, by its header`,
    };
  const pair = own.filter(
    (each) => !each.isPhase && each.echo !== undefined && siblings(each, own).length === 2,
  );
  const phases = own.filter((each) => each.isPhase);
  const [first, second] = pair;
  if (isPhase && echo === undefined && pair.length === 2 && phases.length === 1 && first && second) {
    const [te1, te2] = [first.series.header.echoTimeMs, second.series.header.echoTimeMs].map(
      (te) => te ?? NaN,
    );
    if (te1 !== undefined && te2 !== undefined && Math.abs((series.header.echoTimeMs ?? NaN) - te2) < 0.1)
      return {
        action: 'convert',
        datatype: 'fmap',
        suffix: 'phasediff',
        entities: compact({ run }),
        // Without both no field follows from a difference of phase.
        sidecar: { EchoTime1: te1 / 1000, EchoTime2: te2 / 1000 },
        reason: `one phase image with the echo time of the second of two magnitudes (${te1} and ${te2} ms): their phase difference`,
      };
  }
  return {
    action: 'ask',
    question: `${describeSeries(series)} looks like the ${isPhase ? 'phase' : 'magnitude'} of a gradient-echo field map, and the headers do not tell of which echo: what is it?`,
    names: isPhase
      ? ['fmap/phasediff', 'fmap/phase1', 'fmap/phase2', 'skip']
      : ['fmap/magnitude1', 'fmap/magnitude2', 'fmap/magnitude', 'skip'],
  };
}

function isFieldMap({ isEpi, text }: SeriesFacts): boolean {
  return !isEpi && /field[-_ ]?map|fieldmap|gre_field|b0[-_ ]?map/.test(text);
}

/** The echoes of its own series, of its kind. */
function siblings({ series, isPhase }: SeriesFacts, all: readonly SeriesFacts[]): readonly SeriesFacts[] {
  return all.filter(
    (each) => each.series.header.seriesUid === series.header.seriesUid && each.isPhase === isPhase,
  );
}

function milliseconds({ series }: SeriesFacts): string {
  return `${series.header.echoTimeMs ?? NaN} ms`;
}
