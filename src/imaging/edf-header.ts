import { stat } from 'node:fs/promises';
import { bytesAt, malformedRecording, voltsOf, type Recording, type RecordingChannel } from './recording.js';

/** One signal of an EDF or BDF header. */
export interface EdfSignal extends RecordingChannel {
  readonly physical: readonly [number, number];
  readonly digital: readonly [number, number];
  /** In each data record. */
  readonly samples: number;
}

/** The header of an EDF (Kemp et al. 1992, doi:10.1016/0013-4694(92)90009-7), EDF+ or BDF (24 bit) file. */
export interface EdfHeader {
  readonly path: string;
  readonly format: 'edf' | 'bdf';
  readonly headerBytes: number;
  readonly records: number;
  readonly recordS: number;
  /** All, with annotations. */
  readonly signals: readonly EdfSignal[];
}

const ANNOTATIONS = /^(EDF|BDF) Annotations$/;

/** Reads the header. Names and dates of the participant are not looked at. Throws input.malformed. */
export async function readEdfHeader(path: string): Promise<EdfHeader> {
  const fixed = await bytesAt(path, 0, 256);
  const bdf = fixed[0] === 0xff && fixed.toString('latin1', 1, 8) === 'BIOSEMI';
  if (fixed.length < 256 || (!bdf && fixed.toString('latin1', 0, 8).trim() !== '0'))
    throw malformedRecording(path, 'is neither EDF nor BDF', 'a header that begins with 0, or BIOSEMI');
  const text = (from: number, length: number): string => fixed.toString('latin1', from, from + length).trim();
  const headerBytes = Number(text(184, 8));
  const records = Number(text(236, 8));
  const recordS = Number(text(244, 8));
  const count = Number(text(252, 4));
  if (!(count > 0) || headerBytes !== 256 * (count + 1))
    throw malformedRecording(
      path,
      `${count} signals and a header of ${headerBytes} bytes`,
      '256 bytes a signal and 256',
    );
  const rest = await bytesAt(path, 256, 256 * count);
  let at = 0;
  const column = (width: number): string[] =>
    Array.from({ length: count }, () => rest.toString('latin1', at, (at += width)).trim());
  const names = column(16);
  column(80);
  const units = column(8);
  const [pmin, pmax, dmin, dmax] = [column(8), column(8), column(8), column(8)].map((cells) =>
    cells.map(Number),
  );
  column(80);
  const samples = column(8).map(Number);
  const signals = names.map((name, i): EdfSignal => {
    const unit = units[i] ?? '';
    return {
      name,
      unit,
      volts: voltsOf(unit),
      physical: [pmin?.[i] ?? NaN, pmax?.[i] ?? NaN],
      digital: [dmin?.[i] ?? NaN, dmax?.[i] ?? NaN],
      samples: samples[i] ?? 0,
    };
  });
  const bad = signals.find(({ name, digital, physical }) => {
    const sound = digital[1] > digital[0] && physical[1] !== physical[0];
    return !sound && !ANNOTATIONS.test(name);
  });
  if (bad !== undefined)
    throw malformedRecording(
      path,
      `${bad.name} has the digital range ${bad.digital.join(' to ')}`,
      'minimum < maximum',
    );
  return { path, format: bdf ? 'bdf' : 'edf', headerBytes, records, recordS, signals };
}

/** Opens a recording: the signals of the highest sampling rate, in their physical unit. Annotations are not read. */
export async function openEdf(path: string): Promise<Recording> {
  const header = await readEdfHeader(path);
  const width = header.format === 'bdf' ? 3 : 2;
  const perRecord = header.signals.reduce((sum, signal) => sum + signal.samples, 0) * width;
  const whole = Math.floor(((await stat(path)).size - header.headerBytes) / perRecord);
  const records = header.records > 0 ? header.records : whole;
  if (records > whole)
    throw malformedRecording(path, `${whole} data records, the header says ${records}`, 'a complete file');
  const signals = header.signals.filter(({ name }) => !ANNOTATIONS.test(name));
  const most = Math.max(...signals.map((signal) => signal.samples));
  const offsets = new Map<EdfSignal, number>();
  let offset = 0;
  for (const signal of header.signals) {
    offsets.set(signal, offset);
    offset += signal.samples * width;
  }
  const channels = signals.filter((signal) => signal.samples === most);
  const samples = records * most;
  return {
    path,
    format: header.format,
    rateHz: most / header.recordS,
    samples,
    channels,
    events: undefined,
    companions: [],
    read: async (start, count) => {
      const n = Math.max(0, Math.min(count, samples - start));
      const rows = channels.map(() => new Float64Array(n));
      const first = Math.floor(start / most);
      const last = Math.ceil((start + n) / most);
      for (let record = first; record < last; record += 1) {
        const bytes = await bytesAt(path, header.headerBytes + record * perRecord, perRecord);
        for (const [c, signal] of channels.entries()) {
          const [p0, p1] = signal.physical;
          const [d0, d1] = signal.digital;
          const gain = (p1 - p0) / (d1 - d0);
          const base = offsets.get(signal) ?? 0;
          for (let i = 0; i < most; i += 1) {
            const target = record * most + i - start;
            if (target < 0 || target >= n) continue;
            const row = rows[c];
            if (row) row[target] = (bytes.readIntLE(base + i * width, width) - d0) * gain + p0;
          }
        }
      }
      return rows;
    },
  };
}
