import { TASK } from './bold.js';
import type { HeadPhantom } from './head-phantom.js';

/** The files at the top of the dataset: name and text. */
export function datasetFiles(
  seed: number,
  ids: readonly string[],
  heads: readonly HeadPhantom[],
): Readonly<Record<string, string>> {
  const rows = ids.map((id, index) => {
    const [left, front, up] = heads[index]?.scale ?? [NaN, NaN, NaN];
    return `${id}\tphantom\t${left}\t${front}\t${up}\n`;
  });
  return {
    'dataset_description.json': json({
      Name: 'Synthetic heads with a known truth',
      BIDSVersion: '1.9.0',
      DatasetType: 'raw',
      License: 'CC0',
      Authors: ['NeuroClaw', 'its generator of synthetic data'],
      GeneratedBy: [{ Name: 'NeuroClaw', Description: `synthetic data, seed ${seed}` }],
    }),
    README: readme(seed),
    'participants.tsv': `participant_id\tgroup\tscale_x\tscale_y\tscale_z\n${rows.join('')}`,
    'participants.json': json({
      group: { Description: 'Kind of participant', Levels: { phantom: 'a head of ellipsoids' } },
      scale_x: { Description: 'Width of the head relative to the standard head' },
      scale_y: { Description: 'Length of the head relative to the standard head' },
      scale_z: { Description: 'Height of the head relative to the standard head' },
    }),
    [`task-${TASK}_events.json`]: json({
      trial_type: {
        Description: 'The hand that taps',
        Levels: { right: 'right index finger', left: 'left index finger' },
      },
    }),
  };
}

function readme(seed: number): string {
  return `Synthetic heads with a known truth
==================================

No person was measured: these images were computed by NeuroClaw from a head made of ellipsoids, with the signal
equations of MPRAGE, spin-echo diffusion and gradient-echo BOLD imaging and the noise of magnitude images (seed ${seed}).
T1w, DWI and BOLD of one participant show the same head in world coordinates. A capsule is on its left side, the eyes
are in front and below the centre. The left hand region answers to the task, mostly to the right hand.
`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
