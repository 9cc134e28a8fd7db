import { entityKey, entityTable, parseBidsName, datatypes } from '../../bids/entities.js';
import { seriesKey, type DicomSeries } from '../../imaging/dicom-series.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { isJsonObject } from '../../kernel/json.js';
import { matchesGlob } from '../glob.js';
import type { Verdict } from './verdict.js';

/** Series number, or pattern over description and protocol name (`*` stands for anything) -> BIDS name, or `skip`. */
export type SeriesMap = ReadonlyMap<string, Verdict>;

/**
 * Reads what a person says of series, from parsed YAML or JSON:
 * `{7: func/task-faces_run-1_bold, "*loc*": skip}`. Names have no `sub` and no `ses`: those are said once.
 * Throws input.invalid naming the entry.
 */
export function parseSeriesMap(document: unknown, file: string): SeriesMap {
  const bad = (field: string, message: string, expected: string): NeuroClawError =>
    new NeuroClawError('input.invalid', `${file}: ${message}`, { place: { file, field }, expected });
  if (!isJsonObject(document))
    throw bad('(the whole file)', 'is no list of series', '7: func/task-faces_bold');
  const map = new Map<string, Verdict>();
  for (const [pattern, name] of Object.entries(document)) {
    if (typeof name !== 'string')
      throw bad(
        pattern,
        `${pattern} is ${JSON.stringify(name)}`,
        'a BIDS name such as func/task-faces_bold, or skip',
      );
    const verdict = verdictOf(name, pattern);
    if ('problem' in verdict) throw bad(pattern, `${pattern}: ${verdict.problem}`, verdict.expected);
    map.set(pattern, verdict);
  }
  return map;
}

function verdictOf(name: string, pattern: string): Verdict | { problem: string; expected: string } {
  const reason = `the map says so (${pattern})`;
  if (name.trim().toLowerCase() === 'skip') return { action: 'skip', reason };
  const [datatype = '', rest = '', ...more] = name.trim().split('/');
  if (!datatypes.has(datatype) || rest === '' || more.length > 0)
    return {
      problem: `${name} does not begin with a datatype`,
      expected: 'datatype/entities_suffix, such as func/task-faces_bold',
    };
  const parsed = parseBidsName(rest);
  if (parsed === undefined || parsed.extension !== '')
    return {
      problem: `${rest} is no BIDS name`,
      expected: 'entities and a suffix without extension, such as task-faces_bold',
    };
  const entities: Record<string, string> = {};
  for (const [key, value] of Object.entries(parsed.entities)) {
    const long = entityTable.find(([short]) => short === entityKey(key))?.[1];
    if (long === undefined)
      return { problem: `${key} is no BIDS entity`, expected: 'task, acq, dir, run, echo, part, ...' };
    if (long === 'subject' || long === 'session')
      return {
        problem: `${key} does not belong into a map`,
        expected: 'participant and session are given once, for all series',
      };
    if (!/^[A-Za-z0-9]+$/.test(value))
      return { problem: `${key}-${value} is no BIDS label`, expected: 'letters and digits' };
    entities[long] = value;
  }
  if (
    (parsed.suffix === 'bold' || parsed.suffix === 'sbref') &&
    datatype === 'func' &&
    entities['task'] === undefined
  )
    return { problem: `${name} names no task`, expected: `func/task-NAME_${parsed.suffix}` };
  return { action: 'convert', datatype, suffix: parsed.suffix, entities, reason };
}

/** A series number, or a part of one: `5`, `5.e2`, `5.phase`, `5.e2.phase`. */
const ONE_SERIES = /^\d+(?:\.e\d+)?(?:\.phase)?$/;

/** What the map says of a series: by its number first, then by the first pattern that fits its names. */
export function mappedVerdict(map: SeriesMap | undefined, series: DicomSeries): Verdict | undefined {
  const byKey = map?.get(seriesKey(series));
  if (byKey !== undefined) return byKey;
  const byNumber = map?.get(String(series.number));
  // One name is none for several parts; left out they can be together.
  if (byNumber !== undefined && (series.part === undefined || byNumber.action === 'skip')) return byNumber;
  for (const [pattern, verdict] of map ?? []) {
    if (ONE_SERIES.test(pattern)) continue;
    if (matchesGlob(pattern, series.description) || matchesGlob(pattern, series.protocolName)) return verdict;
  }
  return undefined;
}

/** Patterns of the map that no series fits: most likely typing errors. */
export function unusedPatterns(map: SeriesMap, all: readonly DicomSeries[]): string[] {
  return [...map.keys()].filter(
    (pattern) =>
      !all.some((series) =>
        ONE_SERIES.test(pattern)
          ? seriesKey(series) === pattern || String(series.number) === pattern
          : matchesGlob(pattern, series.description) || matchesGlob(pattern, series.protocolName),
      ),
  );
}
