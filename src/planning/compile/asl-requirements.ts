import { join, posix } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { companionFor } from '../../bids/inheritance.js';
import { readText } from '../../bids/read-text.js';
import { parseTsv } from '../../bids/tsv.js';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { FindingList } from './finding-list.js';
import type { ImageFacts } from './image-facts.js';
import { matchingItems, type Item } from './item.js';
import { numbersOf, shown } from './sidecar-values.js';

interface World {
  readonly dataset: BidsDataset;
  readonly images: ImageFacts;
  readonly parameters: JsonObject;
  readonly findings: FindingList;
}

/** Longest time (s) that any labelling or delay takes; a larger number is milliseconds. */
const LONGEST_S = 6;

/** Field strengths (T) for which the T1 of arterial blood is known (Alsop 2015, table 3). */
const KNOWN_FIELDS = [1.5, 3];

type Say = (field: string, message: string, expected: string, file?: string) => void;

/**
 * What quantification with one delay needs (Alsop 2015, doi:10.1002/mrm.25197): a table of the volumes that fits the
 * image, labelling times in seconds, one delay, and an M0 that can be calibrated with. Each lack is an error that names
 * the file and the key, before anything runs.
 *
 * @param series items of ASL series
 * @param references items of M0 scans, of which each series takes the one that shares most entities
 */
export async function requireSingleDelay(
  series: readonly Item[],
  references: readonly Item[],
  world: World,
): Promise<void> {
  for (const item of series) {
    const { source } = item;
    if (source === undefined) continue;
    const values = await world.images.sidecar(source);
    const say: Say = (field, message, expected, file = source.path) =>
      world.findings.add(errorFinding('plan.cannot', message, { file, field }, expected));
    const kinds = await volumeTypes(source, world, say);
    if (kinds === undefined) continue;
    checkLabelling(source.path, values, kinds, world.parameters, say);
    await checkM0(item, values, kinds, references, world, say);
  }
}

/** `volume_type` of each volume; undefined: there is no usable table, which was told. */
async function volumeTypes(
  source: BidsFile,
  { dataset, images }: World,
  say: Say,
): Promise<readonly string[] | undefined> {
  const file = companionFor(dataset, source, 'aslcontext');
  // A missing table is told by the step that reads it.
  if (file === undefined) return undefined;
  const table = parseTsv(await readText(join(dataset.root, file.path)), { file: file.path });
  const kinds = table.rows.map((row) => row['volume_type'] ?? '');
  if (!table.columns.includes('volume_type') || kinds.length === 0) {
    say(
      'volume_type',
      `${file.path} has no volume_type`,
      'one row a volume: control, label, m0scan, ...',
      file.path,
    );
    return undefined;
  }
  const volumes = images.volumes(source);
  if (volumes !== undefined && volumes !== kinds.length)
    say(
      'volume_type',
      `${file.path} has ${kinds.length} rows, the image ${volumes} volumes`,
      'one row a volume',
      file.path,
    );
  const count = (kind: string): number => kinds.filter((each) => each === kind).length;
  const [control, label, deltam] = [count('control'), count('label'), count('deltam')];
  if (control === 0 && label === 0 && deltam === 0)
    say(
      'volume_type',
      count('cbf') > 0
        ? `${source.path} holds blood flow that the scanner computed`
        : `${file.path} names neither control and label nor deltam`,
      'control and label, or their difference (deltam)',
      file.path,
    );
  else if (deltam === 0 && control !== label)
    say(
      'volume_type',
      `${file.path} has ${control} control and ${label} label volumes`,
      'as many of each',
      file.path,
    );
  return kinds;
}

function checkLabelling(
  path: string,
  values: JsonObject,
  kinds: readonly string[],
  parameters: JsonObject,
  say: Say,
): void {
  const type = values['ArterialSpinLabelingType'];
  if (type !== 'PCASL' && type !== 'CASL' && type !== 'PASL')
    say(
      'ArterialSpinLabelingType',
      `ArterialSpinLabelingType of ${path} is ${shown(type)}`,
      'PCASL, CASL or PASL',
    );
  const [delay, ...delays] = timesOf('PostLabelingDelay', values, kinds, path, say) ?? [];
  if (delays.length > 0)
    say(
      'PostLabelingDelay',
      `${path} has ${delays.length + 1} delays, from ${Math.min(delay ?? NaN, ...delays)} to ${Math.max(delay ?? NaN, ...delays)} s`,
      'one: several delays need a model with arrival times',
    );
  if (values['LookLocker'] === true)
    say('LookLocker', `${path} was read out by Look-Locker pulses`, 'one readout after each label');
  const field = values['MagneticFieldStrength'];
  const known = KNOWN_FIELDS.some((tesla) => typeof field === 'number' && Math.abs(field - tesla) < 0.2);
  if (!known && parameters['t1_blood_s'] === undefined)
    say(
      'MagneticFieldStrength',
      `MagneticFieldStrength of ${path} is ${shown(field)}, for which T1 of blood is not known`,
      '1.5 or 3 T, or --set t1_blood_s=SECONDS',
    );
  if (type === 'PCASL' || type === 'CASL') timesOf('LabelingDuration', values, kinds, path, say);
  if (type === 'PASL') checkCutOff(path, values, delay, say);
}

/** PASL has a bolus of known length only where it was cut off (QUIPSS II, Q2TIPS). */
function checkCutOff(path: string, values: JsonObject, delay: number | undefined, say: Say): void {
  if (values['BolusCutOffFlag'] !== true) {
    say(
      'BolusCutOffFlag',
      `the bolus of ${path} was not cut off: BolusCutOffFlag is ${shown(values['BolusCutOffFlag'])}`,
      'PASL with QUIPSS II or Q2TIPS',
    );
    return;
  }
  const technique = values['BolusCutOffTechnique'];
  if (technique !== 'QUIPSSII' && technique !== 'Q2TIPS')
    say(
      'BolusCutOffTechnique',
      `BolusCutOffTechnique of ${path} is ${shown(technique)}`,
      'QUIPSSII or Q2TIPS',
    );
  const first = numbersOf(values['BolusCutOffDelayTime'])?.[0];
  if (first === undefined || first <= 0 || first > LONGEST_S)
    say(
      'BolusCutOffDelayTime',
      `BolusCutOffDelayTime of ${path} is ${shown(values['BolusCutOffDelayTime'])}`,
      secondsExpected(first),
    );
  else if (delay !== undefined && first >= delay)
    say(
      'BolusCutOffDelayTime',
      `BolusCutOffDelayTime of ${path}, ${first} s, is not before its PostLabelingDelay, ${delay} s`,
      'the cut-off before the image',
    );
}

/** The different times of the volumes that count (s), increasing; undefined where they cannot be used, which was told. */
function timesOf(
  key: string,
  values: JsonObject,
  kinds: readonly string[],
  path: string,
  say: Say,
): readonly number[] | undefined {
  const all = numbersOf(values[key]);
  if (all === undefined) {
    say(key, `${key} of ${path} is ${shown(values[key])}`, 'a time in s, or one for each volume');
    return undefined;
  }
  if (all.length !== 1 && all.length !== kinds.length) {
    say(
      key,
      `${key} of ${path} has ${all.length} values for ${kinds.length} volumes`,
      'one, or one for each volume',
    );
    return undefined;
  }
  const used = all.length === 1 ? all : all.filter((_time, index) => COUNTED.has(kinds[index] ?? ''));
  const wrong = used.find((time) => !(time > 0 && time <= LONGEST_S));
  if (wrong !== undefined) {
    say(key, `${key} of ${path} is ${wrong}`, secondsExpected(wrong));
    return undefined;
  }
  return [...new Set(used)].sort((a, b) => a - b);
}

const COUNTED: ReadonlySet<string> = new Set(['control', 'label', 'deltam']);

async function checkM0(
  item: Item,
  values: JsonObject,
  kinds: readonly string[],
  references: readonly Item[],
  { images }: World,
  say: Say,
): Promise<void> {
  const path = item.source?.path ?? item.key;
  const type = values['M0Type'];
  const repetition = (of: JsonObject, file: string): void => {
    const times = numbersOf(of['RepetitionTimePreparation']);
    if (times === undefined || times.some((time) => !(time > 0 && time <= 60)))
      say(
        'RepetitionTimePreparation',
        `RepetitionTimePreparation of ${file} is ${shown(of['RepetitionTimePreparation'])}, which M0 is corrected with`,
        'a time in s',
        file,
      );
  };
  if (type === 'Included') {
    if (!kinds.includes('m0scan'))
      say(
        'M0Type',
        `M0Type of ${path} is Included, and its aslcontext.tsv has no m0scan`,
        'a volume of type m0scan',
      );
    repetition(values, path);
  } else if (type === 'Separate') {
    const [match, ...others] = matchingItems(item, references);
    // Several that fit equally well are a question, which the step that reads one asks.
    if (others.length > 0) return;
    if (match?.source === undefined) {
      say('M0Type', `M0Type of ${path} is Separate, and no m0scan is beside it`, 'an m0scan in perf');
      return;
    }
    const own = await images.sidecar(match.source);
    repetition(own, match.source.path);
    checkIntended(item, match.source, own, say);
  } else if (type === 'Estimate') {
    const estimate = values['M0Estimate'];
    if (typeof estimate !== 'number' || !(estimate > 0))
      say(
        'M0Estimate',
        `M0Estimate of ${path} is ${shown(estimate)}`,
        'a number above 0, in units of the image',
      );
  } else if (type === 'Absent') {
    if (values['BackgroundSuppression'] !== false)
      say(
        'M0Type',
        `${path} has no M0, and its controls cannot stand for it: BackgroundSuppression is ${shown(values['BackgroundSuppression'])}`,
        'an M0 scan, or BackgroundSuppression false',
      );
    else if (!kinds.includes('control'))
      say('M0Type', `${path} has no M0 and no control volume`, 'one of the two');
    else repetition(values, path);
  } else say('M0Type', `M0Type of ${path} is ${shown(type)}`, 'Separate, Included, Estimate or Absent');
}

/** An M0 scan that says what it is for must say this series. */
function checkIntended(item: Item, reference: BidsFile, values: JsonObject, say: Say): void {
  const intended = values['IntendedFor'];
  if (intended === undefined || item.source === undefined) return;
  const names = (Array.isArray(intended) ? intended : [intended]).map((each) => posix.basename(String(each)));
  if (names.includes(posix.basename(item.source.path))) return;
  say(
    'IntendedFor',
    `${reference.path} is for ${names.join(', ')}, not for ${item.source.path}, whose only M0 scan it is`,
    `IntendedFor with ${posix.basename(item.source.path)}`,
    reference.path,
  );
}

function secondsExpected(value: number | undefined): string {
  const range = `above 0, at most ${LONGEST_S} s`;
  return value !== undefined && value > LONGEST_S ? `${range}: this may be milliseconds` : range;
}
