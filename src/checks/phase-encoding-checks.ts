import { z } from 'zod';
import { volumesOf } from '../imaging/nifti-header.js';
import type { Finding } from '../kernel/findings.js';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import { defineCheck, type Check, type CheckSubject } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { readNumberTable } from './number-table.js';
import { problem } from './problem.js';

/** Seconds: what readout times of echo-planar images lie between. */
const [SHORTEST, LONGEST] = [0.001, 0.5];
/** Seconds: two readout times that are the same number, written with other digits. */
const READOUT_TOLERANCE = 1e-4;

/**
 * Checks of the table of phase encoding that topup, applytopup and eddy read: a row for each acquisition, direction of
 * phase encoding in voxel axes (x y z) and total readout time in seconds.
 */
export const phaseEncodingChecks: readonly Check[] = [
  defineCheck({
    name: 'acquisition.table',
    version: 1,
    catches:
      'a phase encoding that is swapped, reversed or in milliseconds, so that distortions are doubled instead of corrected',
    args: z.strictObject({
      /** Role of the image with one volume a row; absent: rows are named by an index. */
      image: z.string().optional(),
      /** Role of the BIDS sidecars, in the order of the rows; where it is given, they must say the same. */
      sidecars: z.string().optional(),
      /** Two directions are needed to estimate a field. */
      opposed: z.boolean().default(false),
    }),
    run: async (subject, { image, sidecars, opposed }, facts) => {
      const check = 'acquisition.table';
      const { path } = subject;
      const { rows, findings } = readNumberTable(await facts.text(path), path, check);
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      for (const [index, row] of rows.entries()) {
        const [direction, readout = NaN] = [row.slice(0, 3), row[3]];
        const along = direction.filter((value) => Math.abs(value) === 1).length;
        const still = direction.filter((value) => value === 0).length;
        if (row.length !== 4 || along !== 1 || still !== 2)
          say(`row ${index + 1} is ${row.join(' ')}`, 'one 1 or -1, two zeros, a readout time in seconds');
        else if (!(readout >= SHORTEST && readout <= LONGEST))
          say(
            `the readout time of row ${index + 1} is ${readout}`,
            `${SHORTEST} to ${LONGEST} s: is it in milliseconds?`,
          );
      }
      if (rows.length === 0) say('no row', 'a row for each acquisition');
      if (image !== undefined) {
        const volumes = volumesOf(await facts.header(pathOf(subject, image)));
        if (rows.length !== volumes) say(`${rows.length} rows`, `${volumes}, one a volume of ${image}`);
      }
      if (opposed && new Set(rows.map((row) => row.slice(0, 3).join(' '))).size < 2)
        say('every row has the same direction', 'two directions of phase encoding at least');
      if (findings.length === 0 && sidecars !== undefined && subject.inputs[sidecars] !== undefined)
        findings.push(...(await againstSidecars(subject, sidecars, rows, facts)));
      return { findings, values: { rows: rows.length } };
    },
  }),
  defineCheck({
    name: 'eddy.index',
    version: 1,
    catches: 'an index that gives a volume to an acquisition that is not there, or leaves volumes out',
    args: z.strictObject({ image: z.string(), table: z.string() }),
    run: async (subject, { image, table }, facts) => {
      const check = 'eddy.index';
      const { path } = subject;
      const read = readNumberTable(await facts.text(path), path, check);
      const index = read.rows.flat();
      const findings = [...read.findings];
      const place = pathOf(subject, table);
      const rows = readNumberTable(await facts.text(place), place, check).rows.length;
      const volumes = volumesOf(await facts.header(pathOf(subject, image)));
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      if (index.length !== volumes) say(`${index.length} numbers`, `${volumes}, one a volume`);
      const bad = index.find((value) => !Number.isInteger(value) || value < 1 || value > rows);
      if (bad !== undefined) say(`it names row ${bad} of ${table}`, `rows 1 to ${rows}`);
      return { findings, values: { volumes: index.length, acquisitions: new Set(index).size } };
    },
  }),
];

/**
 * PhaseEncodingDirection (`i`, `j`, `k`, with `-` against the axis) and TotalReadoutTime of sidecars against the rows.
 * One sidecar for several rows stands for all of them only where it is alone.
 */
async function againstSidecars(
  subject: CheckSubject,
  role: string,
  rows: readonly (readonly number[])[],
  facts: FileFacts,
): Promise<Finding[]> {
  const check = 'acquisition.table';
  const files = subject.inputs[role] ?? [];
  const findings: Finding[] = [];
  if (files.length !== rows.length && files.length !== 1) {
    const message = `${rows.length} rows for ${files.length} sidecars`;
    return [problem(check, subject.path, message, 'a sidecar for each row, or one for all')];
  }
  const sidecars: JsonObject[] = [];
  for (const file of files) {
    const value = await facts.json(file);
    sidecars.push(isJsonObject(value) ? value : {});
  }
  for (const [index, row] of rows.entries()) {
    const [sidecar = {}, file = ''] =
      files.length === 1 ? [sidecars[0], files[0]] : [sidecars[index], files[index]];
    const axis = row.slice(0, 3).findIndex((value) => value !== 0);
    const own = `${'ijk'.charAt(axis)}${(row[axis] ?? 0) < 0 ? '-' : ''}`;
    const declared = sidecar['PhaseEncodingDirection'];
    if (declared !== own)
      findings.push(
        problem(
          check,
          subject.path,
          `row ${index + 1} says ${own}, and PhaseEncodingDirection of ${file} is ${JSON.stringify(declared) ?? 'not there'}`,
          'the same direction',
          'PhaseEncodingDirection',
        ),
      );
    const readout = sidecar['TotalReadoutTime'];
    if (typeof readout !== 'number' || Math.abs(readout - (row[3] ?? NaN)) > READOUT_TOLERANCE)
      findings.push(
        problem(
          check,
          subject.path,
          `row ${index + 1} says ${row[3]} s, and TotalReadoutTime of ${file} is ${JSON.stringify(readout) ?? 'not there'}`,
          'the same time',
          'TotalReadoutTime',
        ),
      );
  }
  return findings;
}
