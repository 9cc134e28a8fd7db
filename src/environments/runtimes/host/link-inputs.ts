import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JobCall } from '../../runtime.js';

/** Makes `in/<role>/...` in the attempt folder out of links; `target` says where the link of an input points to. */
export function linkInputs(call: JobCall, target: (hostPath: string) => string): void {
  const made = new Set<string>();
  for (const { hostPath, toolPath } of call.inputs) {
    const link = join(call.folder, toolPath);
    const folder = dirname(link);
    if (!made.has(folder)) {
      mkdirSync(folder, { recursive: true });
      made.add(folder);
    }
    symlinkSync(target(hostPath), link);
  }
}
