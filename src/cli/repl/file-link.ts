import { pathToFileURL } from 'node:url';

/**
 * A path that terminals make a link of (OSC 8,
 * https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda); others show the path alone.
 */
export function fileLink(path: string, links: boolean): string {
  return links ? `\x1b]8;;${pathToFileURL(path).href}\x1b\\${path}\x1b]8;;\x1b\\` : path;
}
