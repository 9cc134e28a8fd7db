import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroClawError, nodeErrorCode } from '../../kernel/errors.js';
import type { Adapter } from './adapter.js';
import { replaceLinks } from './inner-links.js';
import { remainingStages } from './recon-stages.js';

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
  prepare: ({ folder }) => clearOurs(folder),

  /**
   * `-all` goes on with the stages that are left. Without `-i`: "If you are just continuing an analysis of an existing
   * subject, then omit all -i flags" (recon-all). `-make all` is no way, for it passes over flags such as `-T2pial`.
   */
  async goOn(argv, { folder, params }) {
    await clearOurs(folder);
    const subject = join(folder, 'scratch', subjectsFolder, String(params['subject']));
    const remaining = argv.includes('-all') ? await remainingStages(subject) : undefined;
    if (remaining === undefined) return undefined;
    return argv.flatMap((token, at) => {
      if (token === '-all') return remaining;
      return token === '-i' || argv[at - 1] === '-i' ? [] : [token];
    });
  },

  async finish({ folder }) {
    const out = join(folder, 'out');
    for (const subject of await list(out)) {
      const root = join(out, subject);
      if ((await stat(root)).isDirectory()) await replaceLinks(root, `/scratch/${subjectsFolder}/${subject}`);
    }
  },
};

async function clearOurs(folder: string): Promise<void> {
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
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}
