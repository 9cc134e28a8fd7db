import { statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { InputMount, JobCall } from '../../runtime.js';
import { linkInputs } from './link-inputs.js';

/**
 * Where nothing can be mounted the tool works in the attempt folder with relative paths, so that no path of this
 * machine gets into its outputs: inputs are links below `in/`.
 */
export function prepareBareCall(call: JobCall): void {
  linkInputs(call, (hostPath) => hostPath);
  if (call.skillFolder !== undefined) symlinkSync(call.skillFolder, join(call.folder, 'skill'));
}

/** A tool path that begins a token, or follows what separates values inside one: `--mask=/in/a`, `MI[/in/a,/in/b,1]`. */
const toolPath = /(^|[=,:;[(\s])\/(in|out|scratch|skill)(?=[/,:;\])\s]|$)/g;

/** Makes the tool paths of an argument relative. */
export function relativeToolPaths(token: string): string {
  return token.replace(toolPath, '$1$2');
}

/** The same for variables, which a tool may read after it changed its folder: absolute host paths. */
export function hostToolPaths(value: string, folder: string): string {
  return value.replace(toolPath, (_, before: string, top: string) => `${before}${join(folder, top)}`);
}

/** What tells that a file was written to: nothing on a bare host keeps a tool from writing through a link. */
export function inputStates(inputs: readonly InputMount[]): string[] {
  return inputs.map(({ hostPath }) => {
    const { size, mtimeNs, ctimeNs } = statSync(hostPath, { bigint: true });
    return `${size} ${mtimeNs} ${ctimeNs}`;
  });
}
