import { hostname } from 'node:os';
import { pathToFileURL } from 'node:url';

/**
 * A path that terminals make a link of (OSC 8,
 * https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda). The address names the machine, so that a terminal
 * at the other end of SSH does not open a file of its own by that path. Without links the path alone.
 */
export function fileLink(path: string, links: boolean, shown = path): string {
  if (!links) return shown;
  const url = pathToFileURL(path);
  url.hostname = hostname();
  return `\x1b]8;;${url.href}\x1b\\${shown}\x1b]8;;\x1b\\`;
}
