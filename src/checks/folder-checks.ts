import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { gridDistance } from '../imaging/affine.js';
import { gridOf, volumesOf } from '../imaging/nifti-header.js';
import { fromFileSystem } from '../kernel/errors.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

/** Checks of folders that a tool fills with files of its own names. */
export const folderChecks: readonly Check[] = [
  defineCheck({
    name: 'folder.complete',
    version: 1,
    catches:
      'a folder of results without what its readers need, with empty files in it, or with an image that is cut',
    args: z.strictObject({
      /** Paths below the folder; `*` in a name stands for anything. */
      required: z.array(z.string().min(1)).min(1),
      /** Text that the log of the tool ends a failure with. */
      without: z.string().min(1).optional(),
      log: z.string().optional(),
    }),
    run: async ({ path }, { required, without, log }, facts) => {
      const check = 'folder.complete';
      const names = await filesBelow(path);
      const findings = [];
      for (const wanted of required) {
        const own = names.filter((name) => matches(wanted, name));
        if (own.length === 0)
          findings.push(problem(check, path, `${wanted} is missing`, required.join(', ')));
        for (const name of own) {
          if ((await stat(join(path, name))).size === 0)
            findings.push(problem(check, join(path, name), 'the file is empty', 'some content'));
          else if (/\.nii(\.gz)?$/.test(name)) {
            const { count, finite } = await facts.scan(join(path, name));
            if (finite < count)
              findings.push(
                problem(check, join(path, name), `${count - finite} voxels are not finite`, 'numbers'),
              );
          }
        }
      }
      if (log !== undefined && without !== undefined && names.includes(log)) {
        if ((await facts.text(join(path, log))).includes(without))
          findings.push(problem(check, join(path, log), `it says "${without}"`, 'a run without errors'));
      }
      return { findings, values: { files: names.length } };
    },
  }),
  defineCheck({
    name: 'folder.volumes',
    version: 1,
    catches: 'a series that was split into fewer volumes than it has, or into volumes at another place',
    args: z.strictObject({ image: z.string() }),
    run: async (subject, { image }, facts) => {
      const check = 'folder.volumes';
      const source = await facts.header(pathOf(subject, image));
      const names = (await filesBelow(subject.path)).filter((name) => /\.nii(\.gz)?$/.test(name));
      const findings = [];
      const due = volumesOf(source);
      if (names.length !== due)
        findings.push(problem(check, subject.path, `${names.length} images`, `${due}, one a volume`));
      for (const name of names) {
        const header = await facts.header(join(subject.path, name));
        const away = gridDistance(gridOf(header), gridOf(source));
        if (away !== undefined && away < 1e-3 && volumesOf(header) === 1) continue;
        findings.push(
          problem(check, join(subject.path, name), 'it lies on another grid', `the grid of ${image}`),
        );
        break;
      }
      return { findings, values: { images: names.length } };
    },
  }),
];

/** Files below a folder, relative to it, sorted; links to files count (FreeSurfer's ?h.pial is one). */
export async function filesBelow(path: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      const linked = entry.isSymbolicLink() && (await stat(file).catch(() => undefined))?.isFile() === true;
      if (entry.isFile() || linked) names.push(file.slice(path.length + 1));
    }
    return names.sort();
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`).test(name);
}
