import { z } from 'zod';
import { parseBidsName } from '../bids/entities.js';
import { parseTsv } from '../bids/tsv.js';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import type { Finding } from '../kernel/findings.js';
import { volumesOf } from '../imaging/nifti-header.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';

const none = z.strictObject({});
const problem = (code: string, path: string, message: string, expected: string, field?: string): Finding => ({
  code,
  severity: 'error',
  message,
  expected,
  place: { file: path, ...(field === undefined ? {} : { field }) },
});

const DIRECTIONS = new Set(['i', 'i-', 'j', 'j-', 'k', 'k-']);

export const textChecks: readonly Check[] = [
  defineCheck({
    name: 'file.nonempty',
    version: 1,
    catches: 'an empty file left by a tool that gave up',
    args: none,
    run: async ({ path }, _args, facts) => ({
      findings:
        (await facts.size(path)) > 0
          ? []
          : [problem('file.nonempty', path, 'the file is empty', 'some content')],
    }),
  }),
  defineCheck({
    name: 'text.utf8',
    version: 1,
    catches: 'text in an encoding that the next reader takes for something else',
    args: none,
    run: async ({ path }, _args, facts) => {
      await facts.text(path);
      return { findings: [] };
    },
  }),
  defineCheck({
    name: 'tsv.columns',
    version: 1,
    catches: 'a table without the columns its readers need, or with ragged rows',
    args: z.strictObject({
      required: z.array(z.string()).min(1),
      min_rows: z.number().int().min(0).default(0),
    }),
    run: async ({ path }, { required, min_rows }, facts) => {
      const table = parseTsv(await facts.text(path), { file: path });
      const findings = [...table.findings];
      const missing = required.filter((column) => !table.columns.includes(column));
      if (missing.length > 0)
        findings.push(
          problem('tsv.columns', path, `column ${missing.join(', ')} is missing`, required.join(', ')),
        );
      if (table.rows.length < min_rows)
        findings.push(problem('tsv.columns', path, `${table.rows.length} rows`, `at least ${min_rows} rows`));
      return { findings, values: { rows: table.rows.length } };
    },
  }),
  defineCheck({
    name: 'tsv.numeric',
    version: 1,
    catches: 'words where numbers are due (a tool that wrote an error into its table)',
    args: z.strictObject({ columns: z.array(z.string()).min(1) }),
    run: async ({ path }, { columns }, facts) => {
      const table = parseTsv(await facts.text(path), { file: path });
      const bad = table.rows.flatMap((row, index) =>
        columns
          .filter((column) => row[column] !== 'n/a' && !Number.isFinite(Number(row[column] || NaN)))
          .map((column) => ({ index, column, value: row[column] })),
      );
      const first = bad[0];
      if (first === undefined) return { findings: [...table.findings] };
      const message = `${bad.length} values are no numbers; the first is ${JSON.stringify(first.value)} in line ${first.index + 2}`;
      return {
        findings: [...table.findings, problem('tsv.numeric', path, message, 'numbers or n/a', first.column)],
      };
    },
  }),
  defineCheck({
    name: 'json.keys',
    version: 1,
    catches: 'a JSON file that is cut, or lacks what its readers need',
    args: z.strictObject({ required: z.array(z.string()).default([]) }),
    run: async ({ path }, { required }, facts) => {
      const value = await facts.json(path);
      if (!isJsonObject(value))
        return { findings: [problem('json.keys', path, 'not a JSON object', 'an object')] };
      return {
        findings: required
          .filter((key) => value[key] === undefined || value[key] === null)
          .map((key) => problem('json.keys', path, `${key} is missing`, `key ${key}`, key)),
      };
    },
  }),
  defineCheck({
    name: 'bids.sidecar',
    version: 1,
    catches: 'timing, phase encoding or units in a sidecar that contradict the image they describe',
    args: z.strictObject({ image: z.string() }),
    run: async (subject, { image }, facts) => {
      const value = await facts.json(subject.path);
      if (!isJsonObject(value))
        return { findings: [problem('bids.sidecar', subject.path, 'not a JSON object', 'an object')] };
      const header = await facts.header(pathOf(subject, image));
      return {
        findings: sidecarFindings(
          value,
          subject.path,
          header.repetitionTimeS,
          volumesOf(header),
          header.dims,
        ),
      };
    },
  }),
  defineCheck({
    name: 'bids.name',
    version: 1,
    catches: 'a file whose name no BIDS reader understands',
    args: none,
    run: ({ path }) => {
      const name = path.split('/').pop() ?? '';
      const sound = parseBidsName(name)?.entities['sub'] !== undefined;
      return Promise.resolve({
        findings: sound
          ? []
          : [problem('bids.name', path, `${name} is no BIDS name`, 'sub-<label>_..._<suffix>.<extension>')],
      });
    },
  }),
  defineCheck({
    name: 'dataset.valid',
    version: 1,
    catches: 'a dataset that breaks the BIDS specification',
    args: none,
    run: async ({ path }, _args, facts) => {
      const report = await facts.json(path);
      const listed =
        isJsonObject(report) && Array.isArray(report['findings'])
          ? (report['findings'] as Finding[])
          : undefined;
      if (listed === undefined)
        return {
          findings: [problem('dataset.valid', path, 'no list of findings in the report', 'findings')],
        };
      const errors = listed.filter((finding) => finding.severity === 'error');
      return { findings: errors, values: { errors: errors.length, warnings: listed.length - errors.length } };
    },
  }),
];

/** What a sidecar says about timing and phase encoding, held against the header (BIDS specification, "MRI"). */
function sidecarFindings(
  sidecar: JsonObject,
  path: string,
  headerTr: number | undefined,
  volumes: number,
  dims: readonly number[],
): Finding[] {
  const findings: Finding[] = [];
  const say = (field: string, message: string, expected: string): void =>
    void findings.push(problem('bids.sidecar', path, message, expected, field));
  const tr = sidecar['RepetitionTime'];
  if (typeof tr === 'number' && volumes > 1 && headerTr !== undefined && Math.abs(tr - headerTr) >= 1e-3) {
    say(
      'RepetitionTime',
      `RepetitionTime is ${tr} but the header says ${headerTr} s`,
      'the same, in seconds',
    );
  }
  if (typeof tr === 'number' && !(tr > 0 && tr < 100))
    say('RepetitionTime', `RepetitionTime is ${tr}`, 'seconds: milliseconds would be 1000 times that');
  const echo = sidecar['EchoTime'];
  if (typeof echo === 'number' && !(echo > 0 && echo < 1))
    say('EchoTime', `EchoTime is ${echo}`, 'seconds, between 0 and 1');
  const direction = sidecar['PhaseEncodingDirection'];
  if (direction !== undefined && !DIRECTIONS.has(String(direction))) {
    say(
      'PhaseEncodingDirection',
      `PhaseEncodingDirection is ${JSON.stringify(direction)}`,
      'i, i-, j, j-, k or k-',
    );
  }
  const timing = sidecar['SliceTiming'];
  if (Array.isArray(timing)) {
    const axis = { i: 0, j: 1, k: 2 }[String(sidecar['SliceEncodingDirection'] ?? 'k').charAt(0)] ?? 2;
    if (timing.length !== dims[axis])
      say('SliceTiming', `${timing.length} slice times for ${dims[axis]} slices`, 'one time per slice');
    const late = timing.find(
      (time) => typeof time !== 'number' || !(time >= 0) || (typeof tr === 'number' && time >= tr),
    );
    if (late !== undefined)
      say(
        'SliceTiming',
        `a slice time is ${JSON.stringify(late)}`,
        'seconds, from 0 to below RepetitionTime',
      );
  }
  const readout = sidecar['TotalReadoutTime'];
  if (typeof readout === 'number' && !(readout > 0 && readout < 1))
    say('TotalReadoutTime', `TotalReadoutTime is ${readout}`, 'seconds, between 0 and 1');
  return findings;
}
