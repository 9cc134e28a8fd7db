import { posix, sep } from 'node:path';
import { bidsPath, entityKey, formatBidsName, type BidsName } from '../../bids/entities.js';
import { seriesKey, type DicomScan, type DicomSeries } from '../../imaging/dicom-series.js';
import { errorFinding } from '../../kernel/findings.js';
import type { InputFile } from '../job.js';
import { proposeNaming } from '../dicom-naming.js';
import type { PlanStage, SeriesNaming } from '../plan.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';
import { selectedParticipants } from './select-files.js';

/** Items of a folder of DICOMs: the series that the plan's naming converts. */
export function selectSeries(scan: DicomScan, stage: PlanStage, findings: FindingList): Item[] {
  findings.add(...scan.findings);
  const naming = stage.naming ?? namingOf(scan, stage, findings);
  const series = new Map(scan.series.map((each) => [each.uid, each]));
  reportUnnamed(scan, naming, stage, findings);
  const items: Item[] = [];
  const names = new Map<string, SeriesNaming>();
  for (const [index, entry] of naming.entries()) {
    if (entry.action === 'skip') continue;
    const field = `stages.${stage.id}.naming[${index}]`;
    const found = series.get(entry.series);
    if (found === undefined) {
      findings.add(
        errorFinding(
          'plan.cannot',
          `series ${entry.label || entry.series} is not in ${scan.root}`,
          { file: scan.root, field: `${field}.series` },
          'a SeriesInstanceUID of that folder',
        ),
      );
      continue;
    }
    const name = nameOf(entry, field, findings);
    if (name === undefined) continue;
    const path = bidsPath({ ...name, extension: '' });
    const twin = names.get(path);
    if (twin !== undefined) {
      findings.add(
        errorFinding(
          'plan.conflict',
          `series ${twin.label || twin.series} and ${entry.label || entry.series} would both become ${path}`,
          { field },
          'different names: a run, acquisition or direction entity',
        ),
      );
      continue;
    }
    names.set(path, entry);
    items.push(itemOf(found, entry, name));
  }
  const known = [...new Set(items.flatMap((item) => item.entities['sub'] ?? []))];
  const wanted = new Set(selectedParticipants(stage, known, findings));
  return items.filter((item) => wanted.has(item.entities['sub'] ?? ''));
}

/** A stage without naming is named by the rules; what they would ask is an error here. */
function namingOf(scan: DicomScan, stage: PlanStage, findings: FindingList): readonly SeriesNaming[] {
  const proposal = proposeNaming(scan.series);
  findings.add(...proposal.findings);
  for (const question of proposal.questions)
    findings.add(
      errorFinding('plan.question', question.text, { field: `stages.${stage.id}.naming` }, question.set),
    );
  return proposal.naming;
}

function reportUnnamed(
  scan: DicomScan,
  naming: readonly SeriesNaming[],
  stage: PlanStage,
  findings: FindingList,
): void {
  const named = new Set(naming.map((entry) => entry.series));
  for (const series of scan.series) {
    if (named.has(series.uid)) continue;
    findings.add({
      code: 'plan.cannot',
      severity: 'warning',
      message: `series ${seriesKey(series)} ${series.description} is in the folder and not in the plan: left out`,
      place: { field: `stages.${stage.id}.naming` },
      suggestion: 'plan again to name it',
    });
  }
}

function nameOf(
  entry: SeriesNaming,
  field: string,
  findings: FindingList,
): (BidsName & { datatype: string }) | undefined {
  const say = (part: string, message: string, expected: string): undefined => {
    findings.add(
      errorFinding(
        'plan.invalid',
        `series ${entry.label || entry.series}: ${message}`,
        { field: `${field}.${part}` },
        expected,
      ),
    );
    return undefined;
  };
  if (entry.datatype === undefined) return say('datatype', 'has no datatype', 'anat, func, dwi, fmap, perf');
  if (entry.suffix === undefined) return say('suffix', 'has no suffix', 'T1w, bold, dwi, epi, ...');
  const entities: Record<string, string> = {};
  for (const [name, value] of Object.entries(entry.entities)) {
    const key = entityKey(name);
    if (key === undefined)
      return say(`entities.${name}`, `${name} is no BIDS entity`, 'subject, session, task, ...');
    if (!/^[A-Za-z0-9]+$/.test(value))
      return say(`entities.${name}`, `${JSON.stringify(value)} is no BIDS label`, 'letters and digits only');
    entities[key] = value;
  }
  if (entities['sub'] === undefined) return say('entities', 'names no participant', 'entities.subject');
  return { entities, suffix: entry.suffix, extension: '', datatype: entry.datatype };
}

function itemOf(series: DicomSeries, entry: SeriesNaming, name: BidsName & { datatype: string }): Item {
  const facts = new Set<string>();
  if (name.suffix === 'dwi') facts.add('gradients');
  if (Object.keys(entry.sidecar).length > 0) facts.add('sidecar-additions');
  return {
    key: formatBidsName(name),
    entities: name.entities,
    name,
    files: uniqueNames(series.files),
    facts,
    additions: entry.sidecar,
  };
}

/** Base names, with an index before those that stand twice: the folder that holds a file is no part of its content. */
export function uniqueNames(paths: readonly string[]): InputFile[] {
  const bases = paths.map((path) => posix.basename(path.split(sep).join('/')));
  const counts = new Map<string, number>();
  for (const base of bases) counts.set(base, (counts.get(base) ?? 0) + 1);
  const width = String(paths.length).length;
  return paths.map((path, index) => {
    const base = bases[index] ?? path;
    const clash = (counts.get(base) ?? 0) > 1;
    return {
      name: clash ? `${String(index + 1).padStart(width, '0')}-${base}` : base,
      source: { from: 'dataset', path },
    };
  });
}
