import { open } from 'node:fs/promises';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';

/** Where a marker stands in a recording. */
export interface RecordingEvent {
  /** Seconds from the first sample. */
  readonly onsetS: number;
  readonly name: string;
}

export interface RecordingChannel {
  readonly name: string;
  /** As the file spells it; empty where it says nothing. */
  readonly unit: string;
  /** From volts to what `read` gives: 1e-6 for values in uV; undefined where the unit is no voltage or not known. */
  readonly volts: number | undefined;
}

/**
 * A continuous recording of electrophysiology, with its samples. Channels are those of the common (highest) sampling
 * rate, in the order of the file.
 */
export interface Recording {
  readonly path: string;
  readonly format: 'brainvision' | 'edf' | 'bdf' | 'eeglab' | 'fif';
  readonly rateHz: number;
  /** Of each channel. */
  readonly samples: number;
  readonly channels: readonly RecordingChannel[];
  /** Undefined: the format keeps them where they are not read. */
  readonly events: readonly RecordingEvent[] | undefined;
  /** Files beside the main one that hold the rest, absolute paths. */
  readonly companions: readonly string[];
  /** channels x samples, in the unit of each channel; `start` and `count` in samples, cut at the end. */
  read(start: number, count: number): Promise<Float64Array[]>;
}

/** Throws input.malformed: what is wrong with which file, and what was expected. */
export function malformedRecording(path: string, message: string, expected: string): NeuroClawError {
  return new NeuroClawError('input.malformed', `${path}: ${message}`, { place: { file: path }, expected });
}

/** Bytes of a file from an offset; fewer where it ends. */
export async function bytesAt(path: string, offset: number, length: number): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await handle.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

/** Volts in one of a unit; undefined for what is no voltage. Both micro signs (U+00B5, U+03BC) are met. */
export function voltsOf(unit: string): number | undefined {
  const known: Readonly<Record<string, number>> = {
    V: 1,
    mV: 1e-3,
    uV: 1e-6,
    '\u00b5V': 1e-6,
    '\u03bcV': 1e-6,
    nV: 1e-9,
  };
  return known[unit.trim()];
}
