import { copyFile, readFile, readdir, readlink, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { NeuroClawError, nodeErrorCode } from '../../kernel/errors.js';
import type { Adapter } from './adapter.js';

/** Where subject folders lie in the working folder: `SUBJECTS_DIR` of the contracts. */
const subjectsFolder = 'subjects';

/** Who wrote an `IsRunning` file, as recon-all says it there: lines `HOST name`, `PROCESSID n`, `DATE ...`. */
export interface IsRunning {
  readonly host: string;
  readonly process: string;
  readonly date: string;
  /** Written in a container of ours, whose host name is that of the attempt. */
  readonly ours: boolean;
}

export function readIsRunning(text: string): IsRunning {
  const word = (name: string): string =>
    new RegExp(`^${name}\\s+(.*)$`, 'm').exec(text)?.[1]?.trim() ?? 'unknown';
  const host = word('HOST');
  return {
    host,
    process: word('PROCESSID'),
    date: word('DATE'),
    ours: /^neuroclaw-[0-9a-z]+$/.test(host),
  };
}

/**
 * Subject folders of FreeSurfer, copied into the working folder. While recon-all works on a subject it keeps
 * `scripts/IsRunning*` there and refuses to start where one is. One that a dead attempt of ours left is cleared; one of
 * somebody else may mean that they are at work on that subject: nothing is touched, and the job does not start.
 *
 * It also leaves links to files beside them (`lh.pial` is `lh.pial.T1`): they become copies, since a committed result holds
 * files and folders only. A link that leads out of the subject stays, and the result is refused for it.
 */
export const freesurferSubject: Adapter = {
  async prepare({ folder }) {
    for (const subject of await list(join(folder, 'scratch', subjectsFolder))) {
      const scripts = join(folder, 'scratch', subjectsFolder, subject, 'scripts');
      for (const name of await list(scripts)) {
        if (!name.startsWith('IsRunning')) continue;
        const { ours, host, process, date } = readIsRunning(await readFile(join(scripts, name), 'utf8'));
        if (!ours)
          throw new NeuroClawError(
            'input.invalid',
            `${subject} has ${name} of process ${process} on ${host} (${date}): somebody may be at work on it`,
            {
              place: { file: `${subject}/scripts/${name}`, field: 'subject' },
              expected: 'a subject that nobody works on',
              hint: 'wait for that run; if it is dead, remove the file yourself and start again',
            },
          );
        await rm(join(scripts, name));
      }
    }
  },

  async finish({ folder }) {
    const out = join(folder, 'out');
    for (const subject of await list(out)) {
      const root = join(out, subject);
      if (!(await stat(root)).isDirectory()) continue;
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
        if (entry.isSymbolicLink()) await replaceLink(join(entry.parentPath, entry.name), root);
    }
  },
};

/** Puts the file that a link leads to in its place, where that lies in the same subject folder. */
async function replaceLink(link: string, root: string): Promise<void> {
  const said = await readlink(link);
  // As the tool saw it: the folder lay in its working folder then.
  const own = `/scratch/${subjectsFolder}/${root.slice(dirname(root).length + 1)}/`;
  const target = said.startsWith(own) ? join(root, said.slice(own.length)) : resolve(dirname(link), said);
  if (!target.startsWith(`${root}/`)) return;
  try {
    if (!(await stat(target)).isFile()) return;
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  await rm(link);
  await copyFile(target, link);
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}
