import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromFileSystem } from '../kernel/errors.js';
import {
  bytesAt,
  malformedRecording,
  voltsOf,
  type Recording,
  type RecordingChannel,
  type RecordingEvent,
} from './recording.js';

/** What a BrainVision header (.vhdr) says (Brain Vision Core Data Format 1.0, Brain Products). */
export interface BrainvisionHeader {
  readonly path: string;
  /** As written, relative to the header. */
  readonly dataFile: string;
  readonly markerFile: string | undefined;
  readonly multiplexed: boolean;
  readonly number: 'INT_16' | 'INT_32' | 'IEEE_FLOAT_32';
  readonly rateHz: number;
  readonly channels: readonly (RecordingChannel & { readonly resolution: number })[];
}

const SIZES = { INT_16: 2, INT_32: 4, IEEE_FLOAT_32: 4 } as const;

/** Reads a .vhdr. Throws input.malformed. */
export async function readBrainvisionHeader(path: string): Promise<BrainvisionHeader> {
  const text = await readText(path);
  if (!/^Brain ?Vision (Data Exchange|Core Data Format) Header File/i.test(text))
    throw malformedRecording(path, 'is no BrainVision header', 'a first line that names the format');
  const common = section(text, 'Common Infos');
  const need = (values: ReadonlyMap<string, string>, key: string): string => {
    const value = values.get(key);
    if (value === undefined) throw malformedRecording(path, `${key} is missing`, `${key}=...`);
    return value;
  };
  const interval = Number(need(common, 'SamplingInterval'));
  const count = Number(need(common, 'NumberOfChannels'));
  const format = need(common, 'DataFormat');
  const number = need(section(text, 'Binary Infos'), 'BinaryFormat');
  if (!(interval > 0)) throw malformedRecording(path, 'SamplingInterval is no time', 'microseconds above 0');
  if (format !== 'BINARY') throw malformedRecording(path, `DataFormat is ${format}`, 'BINARY');
  if (number !== 'INT_16' && number !== 'INT_32' && number !== 'IEEE_FLOAT_32')
    throw malformedRecording(path, `BinaryFormat is ${number}`, Object.keys(SIZES).join(', '));
  const infos = section(text, 'Channel Infos');
  const channels = Array.from({ length: count }, (_, index) => {
    // Commas in names are written as \1; an absent resolution is 1, an absent unit uV.
    const [name = '', , resolution = '', unit = ''] = need(infos, `Ch${index + 1}`)
      .split(',')
      .map((part) => part.trim().replaceAll('\\1', ','));
    const said = unit === '' ? 'uV' : unit;
    return {
      name,
      unit: said,
      volts: voltsOf(said),
      resolution: resolution === '' ? 1 : Number(resolution),
    };
  });
  const base = (name: string): string => name.replaceAll('$b', path.replace(/^.*\/|\.vhdr$/gi, ''));
  const marker = common.get('MarkerFile');
  return {
    path,
    dataFile: base(need(common, 'DataFile')),
    markerFile: marker === undefined || marker === '' ? undefined : base(marker),
    multiplexed: (common.get('DataOrientation') ?? 'MULTIPLEXED') === 'MULTIPLEXED',
    number,
    rateHz: 1e6 / interval,
    channels,
  };
}

/** Opens a BrainVision recording: header, markers (New Segment left out) and samples. */
export async function openBrainvision(path: string): Promise<Recording> {
  const header = await readBrainvisionHeader(path);
  const data = join(dirname(path), header.dataFile);
  const size = SIZES[header.number];
  const channels = header.channels.length;
  const bytes = await sizeOf(data);
  if (bytes % (size * channels) !== 0)
    throw malformedRecording(
      data,
      `${bytes} bytes are no whole number of samples`,
      `a multiple of ${size * channels}: ${channels} channels of ${header.number}`,
    );
  const samples = bytes / (size * channels);
  const markers = header.markerFile === undefined ? undefined : join(dirname(path), header.markerFile);
  const value = (buffer: Buffer, offset: number): number =>
    header.number === 'INT_16'
      ? buffer.readInt16LE(offset)
      : header.number === 'INT_32'
        ? buffer.readInt32LE(offset)
        : buffer.readFloatLE(offset);
  return {
    path,
    format: 'brainvision',
    rateHz: header.rateHz,
    samples,
    channels: header.channels,
    events: markers === undefined ? undefined : await readMarkers(markers, header.rateHz),
    companions: [data, ...(markers === undefined ? [] : [markers])],
    read: async (start, count) => {
      const n = Math.max(0, Math.min(count, samples - start));
      const rows = header.channels.map(() => new Float64Array(n));
      const blocks = header.multiplexed
        ? [await bytesAt(data, start * channels * size, n * channels * size)]
        : await Promise.all(rows.map((_, c) => bytesAt(data, (c * samples + start) * size, n * size)));
      for (const [c, row] of rows.entries()) {
        const { resolution } = header.channels[c] ?? { resolution: 1 };
        for (let i = 0; i < n; i += 1) {
          const block = header.multiplexed ? blocks[0] : blocks[c];
          const offset = (header.multiplexed ? i * channels + c : i) * size;
          row[i] = value(block ?? Buffer.alloc(0), offset) * resolution;
        }
      }
      return rows;
    },
  };
}

/** `Mk2=Stimulus,S253,487,0,0`: type, description, position in samples from 1. */
async function readMarkers(path: string, rateHz: number): Promise<RecordingEvent[]> {
  const marks = section(await readText(path), 'Marker Infos');
  return [...marks.values()].flatMap((line): RecordingEvent[] => {
    const [kind = '', description = '', position = ''] = line.split(',').map((part) => part.trim());
    if (kind === 'New Segment') return [];
    return [
      { onsetS: (Number(position) - 1) / rateHz, name: `${kind}/${description}`.replaceAll('\\1', ',') },
    ];
  });
}

function section(text: string, name: string): Map<string, string> {
  const values = new Map<string, string>();
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\[(.+)\]\s*$/.exec(line);
    if (head !== null) inside = head[1] === name;
    else if (inside && line !== '' && !line.startsWith(';')) {
      const sign = line.indexOf('=');
      if (sign > 0) values.set(line.slice(0, sign).trim(), line.slice(sign + 1).trim());
    }
  }
  return values;
}

async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    const text = bytes.toString('utf8');
    return text.includes('\ufffd') ? bytes.toString('latin1') : text.replace(/^\ufeff/, '');
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}
