import { stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { openRecording } from '../../imaging/open-recording.js';
import type { Recording } from '../../imaging/recording.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding } from '../../kernel/findings.js';
import type { FindingList } from './finding-list.js';
import type { ImageFacts } from './image-facts.js';
import type { Item } from './item.js';

/** Files that hold the rest of a recording, by the extension of the one that names it (BIDS, "EEG", "Recording data"). */
const parts: Readonly<Record<string, readonly string[]>> = {
  '.set': ['.fdt'],
  '.vhdr': ['.vmrk', '.eeg', '.dat'],
};

/** Bytes. Headers of larger .set files, which hold their samples, are not read before the plan is approved. */
const LARGEST_SET = 64e6;

/** The files beside one of a dataset without which it is no recording: the same name, another extension. */
export function recordingParts(dataset: BidsDataset, file: BidsFile): BidsFile[] {
  const extensions = parts[file.extension];
  if (extensions === undefined) return [];
  const stem = file.path.slice(0, -file.extension.length);
  const wanted = new Set(extensions.map((extension) => stem + extension));
  return dataset.files.filter(({ path }) => wanted.has(path));
}

/**
 * Reads the headers of recordings: that the files they name are there under those names, and that SamplingFrequency of
 * the sidecar is theirs. What is wrong is told before anything runs.
 */
export async function checkRecordings(
  items: readonly Item[],
  root: string,
  images: ImageFacts,
  findings: FindingList,
): Promise<void> {
  for (const { source } of items) {
    if (source === undefined || !/^\.(set|vhdr|edf|bdf)$/.test(source.extension)) continue;
    const path = join(root, source.path);
    try {
      if (source.extension === '.set' && (await stat(path)).size > LARGEST_SET) continue;
      const recording = await openRecording(path);
      if (recording === undefined) continue;
      if (source.extension === '.vhdr') checkNames(recording, source, findings);
      const said = (await images.sidecar(source))['SamplingFrequency'];
      if (typeof said === 'number' && Math.abs(said - recording.rateHz) > 0.001 * recording.rateHz)
        findings.add(
          errorFinding(
            'input.invalid',
            `the sidecar of ${source.path} says SamplingFrequency ${said} Hz, its header ${recording.rateHz} Hz`,
            { file: source.path, field: 'SamplingFrequency' },
            'the same in both',
          ),
        );
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      findings.add(errorFinding(error.code, error.message, { file: source.path }, error.expected));
    }
  }
}

/** A header that was renamed without its text still names the files of before. */
function checkNames(recording: Recording, source: BidsFile, findings: FindingList): void {
  const stem = posix.basename(source.path).slice(0, -source.extension.length);
  for (const path of recording.companions) {
    const name = basename(path);
    if (name.startsWith(`${stem}.`)) continue;
    findings.add(
      errorFinding(
        'input.invalid',
        `${source.path} names ${name} as a part of the recording`,
        { file: source.path, field: 'DataFile, MarkerFile' },
        `${stem}.eeg and ${stem}.vmrk: correct the header, which was not changed when the files were renamed`,
      ),
    );
  }
}
