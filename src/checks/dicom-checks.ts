import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readDicomHeader } from '../imaging/dicom-header.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { problem } from './problem.js';

/** Checks of folders of DICOM files. */
export const dicomChecks: readonly Check[] = [
  defineCheck({
    name: 'dicom.deidentified',
    version: 1,
    catches:
      'a file that was copied with the patient or the UIDs it had, was damaged, or was lost on the way',
    args: z.strictObject({ input: z.string().min(1) }),
    run: async ({ path, inputs }, { input }) => {
      const before = (await Promise.all((inputs[input] ?? []).map(filesBelow))).flat();
      const after = await filesBelow(path);
      const findings: Finding[] = [];
      const say = (file: string, message: string, expected: string): void =>
        void findings.push(problem('dicom.deidentified', file, message, expected));
      if (after.length !== before.length)
        say(path, `${after.length} files of ${before.length}`, 'one file for each of the input');
      const known = { patients: new Set<string>(), uids: new Set<string>() };
      for (const file of before) {
        const header = await readDicomHeader(file);
        if (header === undefined) continue;
        known.patients.add(header.patientId);
        known.uids.add(header.studyUid).add(header.seriesUid);
      }
      for (const file of after) {
        const header = await readDicomHeader(file);
        if (header === undefined) say(file, 'not a DICOM file of a series', 'DICOM (PS3.10)');
        else if (header.patientId === '' || known.patients.has(header.patientId))
          say(file, 'it has the PatientID of the input, or none', 'a pseudonym');
        else if (known.uids.has(header.studyUid) || known.uids.has(header.seriesUid))
          say(file, 'it has a UID of the input', 'other UIDs');
      }
      return { findings, values: { files: after.length } };
    },
  }),
];

/** The file itself, or every file of a folder. */
async function filesBelow(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
