import { join, posix, sep } from 'node:path';
import type { InputMount } from '../../runtime.js';
import { ToolPathError, type ToolIo } from './tool.js';

/**
 * Translates tool paths (`/in/<role>/...`, `/out/...`, `/scratch/...`) into host paths. Refuses everything else, so a
 * tool can neither read what the job was not given nor write outside its attempt folder.
 */
export function toolPaths(
  inputs: readonly InputMount[],
  folder: string,
): Pick<ToolIo, 'readPath' | 'writePath' | 'inputsBelow'> {
  const mounts = new Map(inputs.map((mount) => [posix.join('/', mount.toolPath), mount.hostPath]));

  function writePath(toolPath: string): string {
    const normal = normalise(toolPath);
    const [, top] = normal.split('/');
    if (top !== 'out' && top !== 'scratch') {
      throw new ToolPathError(`${toolPath} may not be written: only /out and /scratch may`);
    }
    return join(folder, normal.split('/').join(sep));
  }

  return {
    writePath,
    readPath(toolPath) {
      const normal = normalise(toolPath);
      if (!normal.startsWith('/in/')) return writePath(normal);
      // The mount itself, or a folder that was mounted whole.
      for (let at = normal; at !== '/in'; at = posix.dirname(at)) {
        const hostPath = mounts.get(at);
        if (hostPath !== undefined) return join(hostPath, normal.slice(at.length).split('/').join(sep));
      }
      throw new ToolPathError(`${toolPath} is not among the inputs of the job`);
    },
    inputsBelow(toolPath) {
      const normal = normalise(toolPath);
      return [...mounts]
        .filter(([path]) => path === normal || path.startsWith(`${normal}/`))
        .map(([path, hostPath]) => ({ toolPath: path, hostPath }))
        .sort((a, b) => (a.toolPath < b.toolPath ? -1 : 1));
    },
  };
}

function normalise(toolPath: string): string {
  if (!toolPath.startsWith('/')) throw new ToolPathError(`${toolPath} is not an absolute path`);
  const normal = posix.normalize(toolPath);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
