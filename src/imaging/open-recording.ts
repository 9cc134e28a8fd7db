import { openBrainvision } from './brainvision-header.js';
import { openEdf } from './edf-header.js';
import { openEeglab } from './eeglab-header.js';
import { openFif } from './fif.js';
import type { Recording } from './recording.js';

/** Opens a recording by its extension. Undefined: a format, or a variant of one, that has no reader here. */
export async function openRecording(path: string): Promise<Recording | undefined> {
  const lower = path.toLowerCase();
  if (lower.endsWith('.vhdr')) return await openBrainvision(path);
  if (lower.endsWith('.edf') || lower.endsWith('.bdf')) return await openEdf(path);
  if (lower.endsWith('.set')) return await openEeglab(path);
  if (lower.endsWith('.fif')) return await openFif(path);
  return undefined;
}
