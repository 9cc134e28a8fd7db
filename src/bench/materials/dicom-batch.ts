import { rename, rm, readdir, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDicomSeries } from '../../synthetic/dicom.js';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { t1wSequence } from '../../synthetic/t1w.js';
import { defineGenerator } from './generator.js';
import { writeMap, writeText } from './write-maps.js';

const SURNAMES = ['QUILLFEATHER', 'OAKENSHIELDE', 'VANDERWOODEN', 'MARSHWIGGLE'];

export const dicomBatchGenerator = defineGenerator({
  id: 'dicom-batch',
  about:
    'one flat folder with the mixed slices of several DICOM series, with names of people in them, and what each series is',
  params: z.strictObject({ series: z.int().min(1).max(6).default(4) }),
  async make(folders, seed, { series }) {
    const random = seededRandom(seed, 'dicom');
    const [one = '', two = ''] = [
      SURNAMES[Math.floor(2 * random.uniform())],
      SURNAMES[2 + Math.floor(2 * random.uniform())],
    ];
    const people = [
      { name: `${one}^ADA`, id: `H${10000 + Math.floor(89999 * random.uniform())}` },
      { name: `${two}^BEN`, id: `K${10000 + Math.floor(89999 * random.uniform())}` },
    ];
    const rows: string[] = [];
    const files: { path: string; at: number }[] = [];
    for (let number = 0; number < series; number++) {
      const slices = 5 + Math.floor(5 * random.uniform());
      const mm = 2 + Math.floor(3 * random.uniform());
      const grid = centredGrid([12, 10, slices], [mm, mm, mm + 0.5], 'LPS', 3 * number);
      const data = Float32Array.from({ length: voxelCount(grid) }, () => Math.floor(900 * random.uniform()));
      const person = people[number % 2] as (typeof people)[number];
      const sequence = {
        ...t1wSequence,
        repetitionTimeS: 1.5 + Math.round(10 * random.uniform()) / 10,
        echoTimeS: (2 + Math.round(20 * random.uniform()) / 10) / 1000,
      };
      const folder = join(folders.source, `series-${number}`);
      const description =
        ['T1w_MPRAGE', 'T1w_repeat', 'T1w_lowres', 'T1w_navigated', 'T1w_short', 'T1w_test'][number] ?? '';
      const uid = await writeDicomSeries(folder, {
        grid,
        data,
        sequence,
        protocolName: description,
        description,
        patientName: person.name,
        patientId: person.id,
        uidSeed: ['batch', seed, number],
      });
      for (const name of await readdir(folder))
        files.push({ path: join(folder, name), at: random.uniform() });
      rows.push(
        [
          uid,
          person.id,
          description,
          slices,
          sequence.repetitionTimeS,
          sequence.echoTimeS,
          mm,
          mm + 0.5,
        ].join('\t'),
      );
      await writeMap(join(folders.reference, 'images', `${description}.nii.gz`), grid, data, 'int16');
    }
    const target = join(folders.in, 'dicom');
    await mkdir(target, { recursive: true });
    for (const [index, { path }] of files.sort((p, q) => p.at - q.at).entries())
      await rename(path, join(target, `IM${String(index + 1).padStart(4, '0')}`));
    await rm(folders.source, { recursive: true });
    const header =
      'series_uid\tpatient_id\tdescription\tslices\trepetition_time\techo_time\tpixel_mm\tslice_mm';
    await writeText(join(folders.reference, 'series.tsv'), `${[header, ...rows].join('\n')}\n`);
    await writeText(
      join(folders.reference, 'words.txt'),
      `${people.flatMap(({ name, id }) => [name.split('^')[0] ?? '', id]).join('\n')}\n`,
    );
  },
});
