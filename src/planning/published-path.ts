import type { JobOutput } from './job.js';

/**
 * Where a file of an output appears in the dataset of its stage: below the place of the output; of a dataset in a folder
 * (`contents`) under its own path, where a part of that is the participant's: `sub-01/...`, `sub-01.html`,
 * `sourcedata/freesurfer/sub-01/...`. Undefined: nowhere; what is of all participants would be written by each.
 *
 * @param inside path below the output, from its slash on; empty where the output is the file
 */
export function publishedPath(
  { publish, contents }: Pick<JobOutput, 'publish' | 'contents'>,
  inside: string,
): string | undefined {
  if (publish === undefined || contents !== true) return publish === undefined ? undefined : publish + inside;
  const parts = inside.slice(1).split('/');
  const own = parts.some(
    (part) => part === publish || (/^[_.]/.test(part.slice(publish.length)) && part.startsWith(publish)),
  );
  return own ? parts.join('/') : undefined;
}
