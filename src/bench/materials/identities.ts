import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { jsonText, writeMap, writeText } from './write-maps.js';

const SURNAMES = [
  'Quillfeather',
  'Oakenshielde',
  'Vanderwooden',
  'Marshwiggle',
  'Brambleworth',
  'Thistlecombe',
];
const SITES = ['Hospital of Eastmarch', 'Clinic of Westerfold', 'Institute of Northmoor'];

const grid = centredGrid([6, 5, 4], [4, 4, 4], 'LAS', 10);

export const identitiesGenerator = defineGenerator({
  id: 'identities',
  about:
    'a BIDS dataset with invented people in sidecars, tables and texts, what must be gone, and the same without it',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'identities');
    const drawn = (below: number): number => Math.floor(below * random.uniform());
    const truth = join(folders.reference, 'tree');
    const start = drawn(SURNAMES.length);
    const words: string[] = [];
    const people: string[] = [];
    const notes: string[] = [];
    const description = jsonText({ Name: 'rest', BIDSVersion: '1.9.0' });
    for (const folder of [join(folders.in, 'dataset'), truth])
      await writeText(join(folder, 'dataset_description.json'), description);
    const named: string[] = [];
    for (const index of [0, 1, 2]) {
      const sub = `sub-0${index + 1}`;
      const surname = SURNAMES[(start + index) % SURNAMES.length] as string;
      const site = SITES[(start + index) % SITES.length] as string;
      const number = `H${100000 + drawn(899999)}`;
      const born = `${1940 + 10 * index + drawn(9)}${10 + drawn(3)}${10 + drawn(18)}`;
      const serial = `${20000 + drawn(70000)}`;
      const age = 2026 - Number(born.slice(0, 4));
      words.push(surname, number, born, site, serial);
      for (const [suffix, kind, tr] of [
        ['T1w', 'anat', 2.3],
        ['task-rest_bold', 'func', 1.5 + drawn(10) / 10],
      ] as const) {
        const name = `${sub}/${kind}/${sub}_${suffix}`;
        const data = Float32Array.from({ length: voxelCount(grid) * (kind === 'func' ? 3 : 1) }, () =>
          Math.round(1000 * random.uniform()),
        );
        for (const folder of [join(folders.in, 'dataset'), truth])
          await writeMap(
            join(folder, `${name}.nii.gz`),
            grid,
            data,
            'int16',
            kind === 'func' ? tr : undefined,
          );
        await describe(join(folders.in, 'dataset', `${name}.nii.gz`), `${surname} ${number}`);
        const kept = {
          Manufacturer: 'Siemens',
          MagneticFieldStrength: 3,
          RepetitionTime: tr,
          EchoTime: 0.003 + drawn(30) / 1000,
          ...(kind === 'func' ? { TaskName: 'rest', PhaseEncodingDirection: 'j-' } : {}),
        };
        const identifying = {
          PatientName: `${surname}^Ada`,
          PatientID: number,
          PatientBirthDate: born,
          InstitutionName: site,
          DeviceSerialNumber: serial,
        };
        await writeText(join(folders.in, 'dataset', `${name}.json`), jsonText({ ...identifying, ...kept }));
        const gone = Object.fromEntries(Object.keys(identifying).map((key) => [key, null]));
        await writeText(join(truth, `${name}.json`), jsonText({ ...kept, ...gone }));
      }
      people.push(`${sub}\t${age}`);
      named.push(`${sub}\t${age}\t${surname}, Ada\t${number}`);
      notes.push(`${sub} is ${surname} (${number}), measured at the ${site}.`);
    }
    await writeText(
      join(folders.in, 'dataset', 'participants.tsv'),
      `participant_id\tage\tname\tpatient_id\n${named.join('\n')}\n`,
    );
    await writeText(join(truth, 'participants.tsv'), `participant_id\tage\n${people.join('\n')}\n`);
    await writeText(join(folders.in, 'dataset', 'README'), `Resting state.\n\n${notes.join('\n')}\n`);
    await writeText(join(folders.reference, 'words.txt'), `${words.join('\n')}\n`);
  },
});

/** Writes a text into the field `descrip` of a NIfTI-1 header: 80 bytes from byte 148. */
async function describe(path: string, text: string): Promise<void> {
  const bytes = gunzipSync(await readFile(path));
  bytes.fill(0, 148, 228);
  bytes.write(text.slice(0, 79), 148, 'latin1');
  await writeFile(path, gzipSync(bytes));
}
