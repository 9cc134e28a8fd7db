import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNifti } from '../../src/imaging/nifti-write.js';

/** Begins a dataset without participants. */
export function beginDataset(data: string): void {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}');
}

/** T1w and T2w of a participant; a constant T1w is one that checks reject. */
export async function writeImages(data: string, label: string, constant: boolean): Promise<void> {
  mkdirSync(join(data, `sub-${label}`, 'anat'), { recursive: true });
  const affine = [
    [-2, 0, 0, 15],
    [0, 2, 0, -9],
    [0, 0, 3, -10],
    [0, 0, 0, 1],
  ] as const;
  for (const suffix of ['T1w', 'T2w'])
    await writeNifti(join(data, `sub-${label}`, 'anat', `sub-${label}_${suffix}.nii.gz`), {
      dims: [12, 10, 8],
      affine,
      datatype: 'float32',
      data: Array.from({ length: 960 }, (_, index) => (constant && suffix === 'T1w' ? 7 : index % 251)),
    });
}

/** An orchestrator for the pipelines of the lab, and a policy that lets programs of the machine run. */
export function writeAgent(root: string): void {
  writeFileSync(join(root, 'policy.yaml'), "schema: neuroclaw/policy@1\nruntimes: { allow: ['*'] }\n");
  const folder = join(root, 'agents', 'lab');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'AGENT.md'),
    `---
name: lab
tier: orchestrator
description: Copies images.
pipelines: ['lab/*']
skills: ['lab/*']
tools: [dataset, pipelines, pipeline, skills, skill, runs]
budget: { turns: 12, tokens: 80000, seconds: 600 }
---

You copy images with the pipelines of the lab. Copy whole images, and everybody, unless the person says otherwise. Where a copy
was rejected, look at the number of blocks first: an image that is cut cannot be read. Say what you change and why.
`,
  );
}
