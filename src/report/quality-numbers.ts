import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareNatural } from '../bids/natural-order.js';
import type { StageRecord } from '../engine/stage-record.js';
import { isJsonObject, type JsonValue } from '../kernel/json.js';
import type { RunArtifacts } from './run-artifacts.js';

export interface QualityColumn {
  readonly name: string;
  readonly about: string;
  readonly unit?: string;
  readonly expected?: { readonly minimum?: number | undefined; readonly maximum?: number | undefined };
}

export interface QualityRow {
  /** By short key: whom and what the numbers are of; empty for the whole dataset. */
  readonly entities: Readonly<Record<string, string>>;
  /** null: the result has no such number, or is not there. */
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
  /** Names of the columns whose value is outside what is expected. */
  readonly outside: readonly string[];
}

export interface QualityTable {
  readonly stage: string;
  readonly pipeline: string;
  readonly columns: readonly QualityColumn[];
  readonly rows: readonly QualityRow[];
}

/** The quality numbers that the pipelines of a run declare, read from the committed JSON outputs of its jobs. */
export function qualityTables(artifacts: RunArtifacts): QualityTable[] {
  return artifacts.stages.flatMap((stage) => {
    const names = Object.keys(stage.pipeline.qc);
    return names.length === 0 ? [] : [tableOf(stage, artifacts)];
  });
}

function tableOf(stage: StageRecord, artifacts: RunArtifacts): QualityTable {
  const rows = new Map<
    string,
    { entities: QualityRow['entities']; values: Record<string, QualityRow['values'][string]> }
  >();
  const numbers = Object.entries(stage.pipeline.qc);
  for (const [name, { from, value: place }] of numbers) {
    const [step, output] = from.split('.');
    for (const job of stage.jobs) {
      if (job.step !== step) continue;
      const row = rows.get(JSON.stringify(job.entities)) ?? { entities: job.entities, values: {} };
      rows.set(JSON.stringify(job.entities), row);
      row.values[name] = valueAt(documentOf(job.id, output ?? '', artifacts), place);
    }
  }
  const columns = numbers.map(([name, { about, unit, expected }]): QualityColumn => ({
    name,
    about,
    ...(unit === undefined ? {} : { unit }),
    ...(expected === undefined ? {} : { expected }),
  }));
  return {
    stage: stage.stage,
    pipeline: stage.pipeline.id,
    columns,
    rows: [...rows.values()]
      .map(({ entities, values }) => ({
        entities,
        values: Object.fromEntries(columns.map(({ name }) => [name, values[name] ?? null])),
        outside: columns.flatMap(({ name, expected }) => (isOutside(values[name], expected) ? [name] : [])),
      }))
      .sort((a, b) => compareNatural(JSON.stringify(a.entities), JSON.stringify(b.entities))),
  };
}

function documentOf(job: string, output: string, artifacts: RunArtifacts): JsonValue | undefined {
  const entry = artifacts.entryOf(job);
  const stored = entry?.outputs.find(({ id }) => id === output);
  if (entry === undefined || stored === undefined || stored.absent) return undefined;
  return JSON.parse(readFileSync(join(entry.folder, 'out', stored.path), 'utf8')) as JsonValue;
}

/** Keys parted by dots, or a list of keys; whole numbers index lists. */
function valueAt(
  document: JsonValue | undefined,
  place: string | readonly string[],
): QualityRow['values'][string] {
  let value: JsonValue | undefined = document;
  for (const key of typeof place === 'string' ? place.split('.') : place) {
    if (Array.isArray(value)) value = (value as readonly JsonValue[])[Number(key)];
    else value = isJsonObject(value) ? value[key] : undefined;
  }
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

function isOutside(
  value: QualityRow['values'][string] | undefined,
  expected: QualityColumn['expected'],
): boolean {
  if (typeof value !== 'number' || expected === undefined) return false;
  return value < (expected.minimum ?? -Infinity) || value > (expected.maximum ?? Infinity);
}

/** Entities that rows of a table have, in the order of the first row that has most of them. */
export function entityColumns({ rows }: QualityTable): string[] {
  const columns = new Set<string>();
  for (const { entities } of [...rows].sort(
    (a, b) => Object.keys(b.entities).length - Object.keys(a.entities).length,
  ))
    for (const key of Object.keys(entities)) columns.add(key);
  return [...columns];
}

/** A table as TSV: `n/a` for what is not there, as BIDS writes it. */
export function qualityTsv(table: QualityTable): string {
  const entities = entityColumns(table);
  const head = [...entities, ...table.columns.map(({ name }) => name)];
  const lines = table.rows.map((row) => [
    ...entities.map((key) => row.entities[key] ?? 'n/a'),
    ...table.columns.map(({ name }) => String(row.values[name] ?? 'n/a')),
  ]);
  return `${[head, ...lines].map((cells) => cells.join('\t')).join('\n')}\n`;
}
