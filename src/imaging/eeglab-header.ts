import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromFileSystem } from '../kernel/errors.js';
import { readMatFile, type MatValue } from './mat-file.js';
import { bytesAt, malformedRecording, type Recording } from './recording.js';

/**
 * Opens a continuous EEGLAB dataset (.set, with its samples inside or in a .fdt of float32, channels fastest). EEGLAB
 * keeps no unit; values are uV by its convention. Undefined for MATLAB 7.3 files, which are HDF5 and not read here.
 */
export async function openEeglab(path: string): Promise<Recording | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  const variables = readMatFile(bytes, path);
  if (variables === undefined) return undefined;
  const nested = variables.get('EEG');
  const fields = nested?.kind === 'structs' ? (nested.structs[0] ?? variables) : variables;
  const need = (name: string): number => {
    const value = numberOf(fields.get(name));
    if (value === undefined) throw malformedRecording(path, `EEG.${name} is missing`, 'an EEGLAB dataset');
    return value;
  };
  const [rateHz, channels, samples, trials] = ['srate', 'nbchan', 'pnts', 'trials'].map(need) as [
    number,
    number,
    number,
    number,
  ];
  if (trials > 1) throw malformedRecording(path, `it holds ${trials} epochs`, 'a continuous recording');
  const labels = (structsOf(fields.get('chanlocs')) ?? []).map((one) => textOf(one.get('labels')) ?? '');
  const events = (structsOf(fields.get('event')) ?? []).flatMap((one) => {
    const latency = numberOf(one.get('latency'));
    const name = textOf(one.get('type')) ?? String(numberOf(one.get('type')) ?? '');
    // Latencies count samples from 1, and need not be whole.
    return latency === undefined ? [] : [{ onsetS: (latency - 1) / rateHz, name }];
  });
  const data = fields.get('data');
  const named = textOf(data) ?? textOf(fields.get('datfile'));
  const inside =
    data?.kind === 'numbers' && data.values.length === channels * samples ? data.values : undefined;
  if (inside === undefined && named === undefined)
    throw malformedRecording(path, 'EEG.data is neither numbers nor the name of a file', 'one of both');
  // A renamed dataset keeps the old name inside: EEGLAB and MNE then take the .fdt of the same name.
  const fdt = inside === undefined ? path.replace(/\.set$/i, '.fdt') : undefined;
  return {
    path,
    format: 'eeglab',
    rateHz,
    samples,
    channels: Array.from({ length: channels }, (_, i) => ({
      name: labels[i] ?? `EEG ${i}`,
      unit: 'uV',
      volts: 1e-6,
    })),
    events,
    companions: fdt === undefined ? [] : [fdt, ...(named === undefined ? [] : [join(dirname(path), named)])],
    read: async (start, count) => {
      const n = Math.max(0, Math.min(count, samples - start));
      const raw = fdt === undefined ? undefined : await bytesAt(fdt, start * channels * 4, n * channels * 4);
      if (raw !== undefined && raw.length !== n * channels * 4)
        throw malformedRecording(
          fdt ?? path,
          'ends before its last sample',
          `${samples * channels * 4} bytes`,
        );
      return Array.from({ length: channels }, (_, c) =>
        Float64Array.from({ length: n }, (_unused, i) =>
          raw === undefined
            ? (inside?.[(start + i) * channels + c] ?? NaN)
            : raw.readFloatLE((i * channels + c) * 4),
        ),
      );
    },
  };
}

function numberOf(value: MatValue | undefined): number | undefined {
  return value?.kind === 'numbers' && value.values.length > 0 ? value.values[0] : undefined;
}

function textOf(value: MatValue | undefined): string | undefined {
  return value?.kind === 'text' ? value.text : undefined;
}

function structsOf(value: MatValue | undefined): readonly ReadonlyMap<string, MatValue>[] | undefined {
  return value?.kind === 'structs' ? value.structs : undefined;
}
