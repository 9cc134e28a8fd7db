import { join } from 'node:path';
import { z } from 'zod';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { writeMap, writeText } from './write-maps.js';

const grid = centredGrid([6, 5, 4], [4, 4, 4], 'LAS', 10);

/** What is measured in a visit: the folder's name, what it becomes, and whether it was computed from another. */
const SCANS = [
  { description: 'MPRAGE', minute: 5, run: 1, suffix: 'T1w' },
  { description: 'MPRAGE Repeat', minute: 15, run: 2, suffix: 'T1w' },
  { description: 'Sagittal 3D FLAIR', minute: 27, run: undefined, suffix: 'FLAIR' },
  { description: 'MPR; GradWarp; B1 Correction; N3; Scaled', minute: 5, run: undefined, suffix: undefined },
] as const;

const VISITS = [
  { name: 'sc', session: 'M000', years: 0 },
  { name: 'm12', session: 'M012', years: 1 },
  { name: 'm24', session: 'M024', years: 2 },
] as const;

const two = (value: number): string => String(value).padStart(2, '0');

export const adniStagingGenerator = defineGenerator({
  id: 'staging-adni',
  about:
    'folders and a table as the archive of the Alzheimer’s Disease Neuroimaging Initiative lays them out, with invented people, and the same as BIDS',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'adni');
    const drawn = (below: number): number => Math.floor(below * random.uniform());
    const table: { at: number; row: string }[] = [];
    const people: string[] = [];
    const [firstSex, firstGroup] = [drawn(2), drawn(3)];
    for (const index of [0, 1, 2]) {
      const site = `00${2 + index}`;
      const subject = `${site}_S_${1000 + 1000 * index + drawn(1000)}`;
      const sub = `sub-ADNI${subject.replaceAll('_', '')}`;
      const sex = (firstSex + index) % 2 === 0 ? 'F' : 'M';
      const group = ['CN', 'MCI', 'AD'][(firstGroup + index) % 3] as string;
      const age = 60 + 5 * index + drawn(4);
      const [year, month, day] = [2010 + drawn(4), 1 + drawn(12), 1 + drawn(28)];
      people.push([sub, sex, age, group].join('\t'));
      // The second person missed a visit.
      for (const visit of VISITS.filter(({ name }) => !(index === 1 && name === 'm12'))) {
        const date = `${year + visit.years}-${two(month)}-${two(day)}`;
        // The repetition was not always measured.
        const scans = SCANS.filter(({ run }) => !(run === 2 && index === 2));
        for (const { description, minute, run, suffix } of scans) {
          const id = `I${100000 + drawn(899999)}`;
          const time = `${date}_10_${two(minute)}_00.0`;
          const words = description.replaceAll(/[^A-Za-z0-9]+/g, '_');
          const file = `ADNI_${subject}_MR_${words}_${id}.nii.gz`;
          const places = [join(folders.in, 'ADNI', subject, words, time, id, file)];
          const entity = run === undefined || index === 2 ? '' : `_run-${run}`;
          if (suffix !== undefined)
            places.push(
              join(
                folders.reference,
                'tree',
                sub,
                `ses-${visit.session}`,
                'anat',
                `${sub}_ses-${visit.session}${entity}_${suffix}.nii.gz`,
              ),
            );
          const data = Float32Array.from({ length: voxelCount(grid) }, () =>
            Math.round(1000 * random.uniform()),
          );
          for (const path of places) await writeMap(path, grid, data, 'int16');
          const type = suffix === undefined ? 'Processed' : 'Original';
          const cells = [
            id,
            subject,
            group,
            sex,
            age + visit.years,
            visit.name,
            'MRI',
            description,
            type,
            date,
          ];
          table.push({ at: random.uniform(), row: cells.map((cell) => `"${cell}"`).join(',') });
        }
      }
    }
    const header = 'Image Data ID,Subject,Group,Sex,Age,Visit,Modality,Description,Type,Acq Date';
    const rows = table.sort((a, b) => a.at - b.at).map(({ row }) => row);
    await writeText(join(folders.in, 'search.csv'), `${[header, ...rows].join('\n')}\n`);
    await writeText(
      join(folders.reference, 'tree', 'participants.tsv'),
      `participant_id\tsex\tage\tgroup\n${people.join('\n')}\n`,
    );
  },
});
