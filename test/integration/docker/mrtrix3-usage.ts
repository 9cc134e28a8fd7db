import { readUsages, type Usage } from '../../../scripts/mrtrix3/usage.mjs';
import { askEverything } from '../../../scripts/mrtrix3/generate.mjs';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { makeCall } from '../../support/make-call.js';
import { output } from './support.js';

/** What every program of the pinned image says of itself, as text and read. */
export async function askPrograms(
  environment: OpenEnvironment,
  folder: string,
): Promise<{ said: string; usages: ReadonlyMap<string, Usage> }> {
  const call = await makeCall(folder, {
    argv: ['sh', '-c', askEverything()],
    memoryMb: 1024,
    walltimeS: 240,
  });
  await environment.run(call, new AbortController().signal);
  const said = await output(call);
  return { said, usages: readUsages(said) };
}
