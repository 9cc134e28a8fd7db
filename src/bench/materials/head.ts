import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeSyntheticDataset } from '../../synthetic/dataset.js';
import { gridOf, readNiftiHeader, voxelVolumeMl } from '../../imaging/nifti-header.js';
import { writeNifti } from '../../imaging/nifti-write.js';
import { readVoxels } from '../../imaging/voxel-stream.js';
import { label } from '../../synthetic/tissues.js';
import { tsv } from './series.js';
import { defineGenerator, type GeneratorFolders } from './generator.js';

/** Names of the truth files of a kind of image: see `synthetic/truth-files.ts`. */
const truthOf = { anat: /_T1w_/, dwi: /_dwi_/, func: /_bold_/ } as const;

export const headGenerator = defineGenerator({
  id: 'head',
  about:
    'a BIDS dataset of simulated heads: T1w with its tissues, diffusion with its tensors, task BOLD with its effects',
  params: z.strictObject({
    participants: z.int().min(1).max(20).default(1),
    /** What is kept of the dataset and of the truth. */
    datatypes: z.array(z.enum(['anat', 'dwi', 'func'])).min(1),
    shells: z.array(z.strictObject({ b: z.number(), directions: z.int() })).optional(),
    /** Gives the brain mask of each T1w to the agent, too. */
    give_mask: z.boolean().default(false),
  }),
  async make(folders, seed, { participants, datatypes, shells, give_mask }) {
    const truth = join(folders.source, 'truth');
    await writeSyntheticDataset(folders.in, {
      seed,
      participants,
      truth,
      ...(shells === undefined ? {} : { shells }),
    });
    const dropped = (['anat', 'dwi', 'func'] as const).filter((datatype) => !datatypes.includes(datatype));
    for (const participant of await readdir(folders.in))
      for (const datatype of dropped)
        if (existsSync(join(folders.in, participant, datatype)))
          await rm(join(folders.in, participant, datatype), { recursive: true });
    await mkdir(folders.reference, { recursive: true });
    for (const name of await readdir(truth))
      if (!dropped.some((datatype) => truthOf[datatype].test(name)))
        await rename(join(truth, name), join(folders.reference, name));
    if (datatypes.includes('dwi')) await writeMeanDiffusivity(folders.reference);
    if (datatypes.includes('anat')) await writeTissues(folders, give_mask);
  },
});

/** What a segmentation calls the tissues of the brain: fluid, with the ventricles, grey matter, white matter. */
const classes: Readonly<Record<number, number>> = {
  [label.csf]: 1,
  [label.ventricle]: 1,
  [label.grey]: 2,
  [label.white]: 3,
};

/** `_T1w_classes`, `_T1w_brain` and `_T1w_volumes` (mL) of each participant, from the label of each voxel's centre. */
async function writeTissues(folders: GeneratorFolders, giveMask: boolean): Promise<void> {
  for (const name of await readdir(folders.reference)) {
    if (!name.endsWith('_T1w_labels.nii.gz')) continue;
    const header = await readNiftiHeader(join(folders.reference, name));
    const { shape, affine } = gridOf(header);
    const data = (await readVoxels(header)).map((value) => classes[value] ?? 0);
    const brain = data.map((value) => (value > 0 ? 1 : 0));
    const write = (path: string, values: Float64Array): Promise<void> =>
      writeNifti(path, { dims: shape, affine, datatype: 'uint8', data: values });
    const participant = name.slice(0, name.indexOf('_'));
    await write(join(folders.reference, `${participant}_T1w_classes.nii.gz`), data);
    await write(join(folders.reference, `${participant}_T1w_brain.nii.gz`), brain);
    const volumes = [1, 2, 3].map((tissue) => [
      tissue,
      data.reduce((sum, value) => sum + (value === tissue ? 1 : 0), 0) * voxelVolumeMl(header),
    ]);
    await writeFile(
      join(folders.reference, `${participant}_T1w_volumes.tsv`),
      tsv(['class', 'volume_ml'], volumes),
    );
    if (giveMask)
      await write(join(folders.in, participant, 'anat', `${participant}_desc-brain_mask.nii.gz`), brain);
  }
}

/** A third of the trace of each true tensor, mm^2/s. */
async function writeMeanDiffusivity(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('_dwi_tensor.nii.gz')) continue;
    const header = await readNiftiHeader(join(folder, name));
    const [xx, yy, zz] = [
      await readVoxels(header, 0),
      await readVoxels(header, 1),
      await readVoxels(header, 2),
    ];
    const data = xx.map((value, index) => (value + (yy[index] as number) + (zz[index] as number)) / 3);
    const { shape, affine } = gridOf(header);
    await writeNifti(join(folder, name.replace('_tensor', '_MD')), {
      dims: shape,
      affine,
      datatype: 'float32',
      data,
    });
  }
}
