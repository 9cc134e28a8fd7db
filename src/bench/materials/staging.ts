import { join } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../../kernel/json.js';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom, type Random } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { jsonText, writeMap, writeText } from './write-maps.js';

const grid = centredGrid([6, 5, 4], [4, 4, 4], 'LAS', 10);

/** Writes each image twice: where it is found, and where it belongs. */
async function image(random: Random, places: readonly string[], volumes: number, tr?: number): Promise<void> {
  const data = Float32Array.from({ length: voxelCount(grid) * volumes }, () =>
    Math.round(1000 * random.uniform()),
  );
  for (const path of places) await writeMap(path, grid, data, 'int16', tr);
}

export const hcpStagingGenerator = defineGenerator({
  id: 'staging-hcp',
  about:
    'the unprocessed folders of a project as the Human Connectome Project lays them out, and the same as BIDS',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'hcp');
    const id = String(100000 + Math.floor(899999 * random.uniform()));
    const from = join(folders.in, id, 'unprocessed', '3T');
    const to = join(folders.reference, 'tree', `sub-${id}`);
    const tr = 0.72;
    await writeText(join(folders.in, 'README.txt'), `Subject ${id}, 3T, unprocessed, as downloaded.\n`);
    await image(
      random,
      [join(from, 'T1w_MPR1', `${id}_3T_T1w_MPR1.nii.gz`), join(to, 'anat', `sub-${id}_run-1_T1w.nii.gz`)],
      1,
    );
    await image(
      random,
      [join(from, 'T2w_SPC1', `${id}_3T_T2w_SPC1.nii.gz`), join(to, 'anat', `sub-${id}_run-1_T2w.nii.gz`)],
      1,
    );
    for (const [task, hcp] of [
      ['rest', 'rfMRI_REST1'],
      ['motor', 'tfMRI_MOTOR'],
    ] as const)
      for (const dir of ['LR', 'RL'] as const) {
        const folder = join(from, `${hcp}_${dir}`);
        const stem = join(to, 'func', `sub-${id}_task-${task}_dir-${dir}`);
        await image(random, [join(folder, `${id}_3T_${hcp}_${dir}.nii.gz`), `${stem}_bold.nii.gz`], 3, tr);
        await image(random, [join(folder, `${id}_3T_${hcp}_${dir}_SBRef.nii.gz`), `${stem}_sbref.nii.gz`], 1);
        // LAS: right to left grows with the first axis, left to right runs against it.
        const sidecar = {
          TaskName: task,
          RepetitionTime: tr,
          PhaseEncodingDirection: dir === 'LR' ? 'i-' : 'i',
          EffectiveEchoSpacing: 0.00058,
        };
        await writeText(`${stem}_bold.json`, jsonText(sidecar));
        if (task !== 'motor') continue;
        const rows = ['lh', 'rh'].flatMap((name, at) =>
          [0, 1].map((block) => ({
            name,
            onset: 8 + 15.1 * (2 * block + at) + Math.floor(20 * random.uniform()) / 10,
          })),
        );
        for (const name of ['lh', 'rh'])
          await writeText(
            join(folder, 'EVs', `${name}.txt`),
            rows
              .filter((row) => row.name === name)
              .map(({ onset }) => `${onset.toFixed(2)}\t12\t1\n`)
              .join(''),
          );
        const events = [...rows]
          .sort((a, b) => a.onset - b.onset)
          .map((row) => `${row.onset.toFixed(2)}\t12\t${row.name}\n`);
        await writeText(`${stem}_events.tsv`, `onset\tduration\ttrial_type\n${events.join('')}`);
      }
  },
});

export const brokenDatasetGenerator = defineGenerator({
  id: 'broken-dataset',
  about: 'a BIDS dataset with faults of practice in names, units and tables, and the same without them',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'broken');
    const tr = [1.5, 2, 2.2, 2.5][Math.floor(4 * random.uniform())] as number;
    const echo = 0.025 + 0.001 * Math.floor(10 * random.uniform());
    const [bad, good] = [folders.in, join(folders.reference, 'tree')];
    const both = async (path: string, text: string): Promise<void> => {
      await writeText(join(bad, 'dataset', path), text);
      await writeText(join(good, path), text);
    };
    await both('dataset_description.json', jsonText({ Name: 'finger tapping', BIDSVersion: '1.9.0' }));
    const ages: string[] = [];
    for (const sub of ['sub-01', 'sub-02']) {
      // Two digits that differ: an age read the wrong way round is another one.
      const drawn = 20 + Math.floor(40 * random.uniform());
      const age = drawn % 11 === 0 ? drawn + 1 : drawn;
      ages.push(`${sub}\t${age}`);
      const t1 = `anat/${sub}_T1w.nii.gz`;
      // A name of the scanner's console instead of a suffix of BIDS.
      await image(random, [join(bad, 'dataset', sub, `anat/${sub}_mprage.nii.gz`), join(good, sub, t1)], 1);
      const bold = `func/${sub}_task-tapping_bold`;
      await image(
        random,
        [join(bad, 'dataset', sub, `${bold}.nii.gz`), join(good, sub, `${bold}.nii.gz`)],
        4,
        tr,
      );
      const sidecar = (times: number): JsonObject => ({
        TaskName: 'tapping',
        RepetitionTime: tr * times,
        EchoTime: Math.round(1e6 * echo * times) / 1e6,
        SliceTiming: [0, 1, 2, 3].map((slice) => Math.round((tr * times * slice * 1e6) / 4) / 1e6),
      });
      await writeText(
        join(bad, 'dataset', sub, `${bold}.json`),
        jsonText(sidecar(sub === 'sub-01' ? 1000 : 1)),
      );
      await writeText(join(good, sub, `${bold}.json`), jsonText(sidecar(1)));
      const onsets = [0, 1, 2].map((event) => Math.round(100 * (0.5 + 1.4 * event + random.uniform())) / 100);
      const rows = (times: number): string =>
        onsets
          .map(
            (onset, at) =>
              `${Math.round(onset * times * 100) / 100}\t${times * 0.5}\t${at % 2 === 0 ? 'left' : 'right'}\n`,
          )
          .join('');
      const events = `func/${sub}_task-tapping_events.tsv`;
      await writeText(join(good, sub, events), `onset\tduration\ttrial_type\n${rows(1)}`);
      await writeText(
        join(bad, 'dataset', sub, events),
        `onset\tduration\ttrial_type\n${rows(sub === 'sub-02' ? 1000 : 1)}`,
      );
    }
    await writeText(join(good, 'participants.tsv'), `participant_id\tage\n${ages.join('\n')}\n`);
    await writeText(join(bad, 'dataset', 'participants.tsv'), `participant_id\tage\n${ages[0]}\n`);
    await writeText(join(bad, 'ages.txt'), `${ages.map((row) => row.replace('\t', ': ')).join('\n')}\n`);
    await writeText(join(bad, 'dataset', 'sub-01', '.DS_Store'), 'Mac');
  },
});
