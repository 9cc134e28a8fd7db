import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { JobCall } from '../../runtime.js';
import { linkInputs } from './link-inputs.js';
import type { FoundExecutable } from './find-executables.js';

/** Folders of the system that programs need; what belongs to people (/home, /root, /mnt, /srv, ...) stays outside. */
const systemFolders = /^(usr|bin|sbin|lib|lib32|lib64|libx32|etc|opt|nix)$/;
const home = '/home/neuroclaw';
/** More inputs than this are links into mounted folders: the time of mounting each grows with the square of their number. */
const mountAtMost = 64;

/** The part of a sandbox that is the same for every job of an environment. Paths are read once. */
export function sandboxBase(executables: readonly FoundExecutable[]): string[] {
  const args = ['--unshare-all', '--cap-drop', 'ALL', '--die-with-parent', '--new-session', '--clearenv'];
  const shown: string[] = [];
  for (const name of readdirSync('/').filter((entry) => systemFolders.test(entry))) {
    const path = `/${name}`;
    if (lstatSync(path).isSymbolicLink()) args.push('--symlink', readlinkSync(path), path);
    else args.push('--ro-bind', path, path);
    shown.push(path);
  }
  args.push('--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', home);
  for (const folder of new Set(executables.flatMap(programFolders))) {
    if (!shown.some((path) => folder === path || folder.startsWith(`${path}/`))) {
      args.push('--ro-bind', folder, folder);
      shown.push(folder);
    }
  }
  return args;
}

/** A program's own folder; of `<prefix>/bin` the prefix, which holds its libraries, unless that is somebody's home. */
function programFolders(executable: FoundExecutable): string[] {
  return [executable.path, executable.file].map((path) => {
    const folder = dirname(path);
    const prefix = dirname(folder);
    return basename(folder) === 'bin' && depth(prefix) >= 3 ? prefix : folder;
  });
}

/** Arguments of bubblewrap for one job, up to but without the tool's own. */
export function sandboxArgs(
  base: readonly string[],
  call: JobCall,
  env: Readonly<Record<string, string>>,
): string[] {
  const args = [...base];
  if (call.network) args.push('--share-net', '--ro-bind-try', '/run/systemd/resolve', '/run/systemd/resolve');
  if (call.gpu) args.push(...gpuDevices());
  args.push(...inputArgs(call));
  if (call.skillFolder !== undefined) args.push('--ro-bind', call.skillFolder, '/skill');
  for (const name of ['out', 'scratch']) args.push('--bind', join(call.folder, name), `/${name}`);
  for (const [name, value] of Object.entries({ HOME: home, TMPDIR: '/scratch', ...env })) {
    args.push('--setenv', name, value);
  }
  args.push('--remount-ro', '/', '--chdir', '/scratch');
  return args;
}

function inputArgs(call: JobCall): string[] {
  if (call.inputs.length <= mountAtMost) {
    return call.inputs.flatMap(({ hostPath, toolPath }) => ['--ro-bind', hostPath, `/${toolPath}`]);
  }
  // Links followed: in datasets under git-annex, files are links into a folder that would not be there.
  const files = new Map(call.inputs.map(({ hostPath }) => [hostPath, realpathSync(hostPath)]));
  const folders = fewFolders([...files.values()].map((file) => dirname(file)));
  linkInputs(call, (hostPath) => {
    const file = files.get(hostPath) ?? hostPath;
    let folder = dirname(file);
    while (!folders.has(folder)) folder = dirname(folder);
    return `${folders.get(folder) ?? ''}${file.slice(folder.length)}`;
  });
  return [
    ...[...folders].flatMap(([folder, mounted]) => ['--ro-bind', folder, mounted]),
    ...['--ro-bind', join(call.folder, 'in'), '/in'],
  ];
}

/** Folders that hold all the given ones, few enough to be mounted one by one, and where each is mounted. */
function fewFolders(wanted: readonly string[]): Map<string, string> {
  let folders = new Set(wanted);
  while (folders.size > mountAtMost) {
    const deepest = Math.max(...[...folders].map(depth));
    folders = new Set([...folders].map((folder) => (depth(folder) === deepest ? dirname(folder) : folder)));
  }
  return new Map([...folders].map((folder, index) => [folder, `/.inputs/${index}`]));
}

function depth(folder: string): number {
  return folder.split('/').filter((part) => part !== '').length;
}

function gpuDevices(): string[] {
  return readdirSync('/dev')
    .filter((name) => name.startsWith('nvidia') || name === 'dri' || name === 'kfd')
    .map((name) => join('/dev', name))
    .filter((path) => existsSync(path))
    .flatMap((path) => ['--dev-bind', path, path]);
}
