import { open, type FileHandle } from 'node:fs/promises';
import { fromFileSystem } from '../kernel/errors.js';
import { bytesAt, malformedRecording, type Recording, type RecordingChannel } from './recording.js';

/** What a channel of a FIF file is (`FIFFV_*_CH`). */
export type FifKind = 'eeg' | 'eog' | 'ecg' | 'emg' | 'stim' | 'misc' | 'seeg' | 'ecog' | 'dbs' | 'other';

export interface FifChannel extends RecordingChannel {
  readonly kind: FifKind;
  readonly bad: boolean;
}

/** A continuous recording in FIF, values in V where the channel is a voltage. */
export interface FifRecording extends Recording {
  readonly format: 'fif';
  readonly channels: readonly FifChannel[];
  /** All annotations, with those that mark bad stretches. */
  readonly annotations: readonly {
    readonly onsetS: number;
    readonly durationS: number;
    readonly name: string;
  }[];
}

const kinds: Readonly<Record<number, FifKind>> = {
  2: 'eeg',
  3: 'stim',
  202: 'eog',
  302: 'emg',
  402: 'ecg',
  502: 'misc',
  802: 'seeg',
  803: 'dbs',
  902: 'ecog',
};

/** Tags that are looked at (FIFF specification; `mne/_fiff/constants.py` names them all). */
const TAG = {
  block: 104,
  end: 105,
  rate: 201,
  channel: 203,
  comment: 206,
  data: 300,
  skip: 301,
  epochs: 302,
  names: 3507,
  onsets: 3568,
  ends: 3569,
} as const;
const ANNOTATIONS = 3810;
const BAD_CHANNELS = 359;

/** Bytes of a number of a buffer, by type: int16, int32, float32, float64, 16 bit packed. */
const widths: Readonly<Record<number, number>> = { 2: 2, 3: 4, 4: 4, 5: 8, 16: 2 };

/** Opens a file for reading; whatever the file system says about it names the file. */
async function reading<T>(path: string, read: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    const handle = await open(path, 'r');
    try {
      return await read(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

interface Tag {
  readonly kind: number;
  readonly type: number;
  readonly size: number;
  /** Where the data begin. */
  readonly at: number;
}

async function* tags(handle: FileHandle, path: string): AsyncGenerator<Tag> {
  const head = Buffer.alloc(16);
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(head, 0, 16, at);
    if (bytesRead === 0) return;
    if (bytesRead < 16) throw malformedRecording(path, 'it ends within a tag', 'a complete FIF file');
    const tag = {
      kind: head.readInt32BE(0),
      type: head.readInt32BE(4),
      size: head.readInt32BE(8),
      at: at + 16,
    };
    const next = head.readInt32BE(12);
    if (at === 0 && tag.kind !== 100) throw malformedRecording(path, 'it is no FIF file', 'a file id first');
    yield tag;
    if (next < 0) return;
    at = next > 0 ? next : tag.at + tag.size;
  }
}

/** Opens a continuous recording. Throws input.malformed, also for a file that ends early or holds no samples. */
export async function openFif(path: string): Promise<FifRecording> {
  return await reading(path, async (handle) => {
    return await readFif(handle, path);
  });
}

async function readFif(handle: FileHandle, path: string): Promise<FifRecording> {
  const { size: fileSize } = await handle.stat();
  const content = async ({ at, size }: Tag): Promise<Buffer> => {
    if (at + size > fileSize)
      throw malformedRecording(path, 'it ends within its data', 'a complete FIF file');
    const buffer = Buffer.alloc(size);
    await handle.read(buffer, 0, size, at);
    return buffer;
  };
  const floats = (buffer: Buffer): number[] =>
    Array.from({ length: buffer.length / 4 }, (_, i) => buffer.readFloatBE(i * 4));
  let rateHz = NaN;
  const channels: (Omit<FifChannel, 'bad'> & { readonly gain: number })[] = [];
  const bads = new Set<string>();
  const annotations = { onsets: [] as number[], ends: [] as number[], names: [] as string[] };
  const buffers: {
    readonly at: number;
    readonly type: number;
    readonly samples: number;
    readonly start: number;
  }[] = [];
  const blocks: number[] = [];
  let samples = 0;
  for await (const tag of tags(handle, path)) {
    const inside = blocks.at(-1);
    if (tag.kind === TAG.block) blocks.push((await content(tag)).readInt32BE(0));
    else if (tag.kind === TAG.end) blocks.pop();
    else if (tag.kind === TAG.rate) rateHz = (await content(tag)).readFloatBE(0);
    else if (tag.kind === TAG.channel) channels.push(channelOf(await content(tag)));
    else if (tag.kind === TAG.names && inside === BAD_CHANNELS)
      for (const name of (await content(tag)).toString('latin1').split(':')) bads.add(name);
    else if (inside === ANNOTATIONS && tag.kind === TAG.onsets)
      annotations.onsets = floats(await content(tag));
    else if (inside === ANNOTATIONS && tag.kind === TAG.ends) annotations.ends = floats(await content(tag));
    else if (inside === ANNOTATIONS && tag.kind === TAG.comment)
      annotations.names = (await content(tag)).toString('utf8').split(':');
    else if (tag.kind === TAG.data) {
      const width = widths[tag.type];
      if (width === undefined) throw malformedRecording(path, `samples of type ${tag.type}`, 'real numbers');
      if (tag.at + tag.size > fileSize)
        throw malformedRecording(path, 'it ends within its samples', 'a complete FIF file');
      const count = tag.size / width / channels.length;
      buffers.push({ at: tag.at, type: tag.type, samples: count, start: samples });
      samples += count;
    }
  }
  if (!(rateHz > 0) || channels.length === 0 || samples === 0)
    throw malformedRecording(
      path,
      `${channels.length} channels, ${samples} samples`,
      'a continuous recording',
    );
  const all = annotations.onsets.map((onsetS, i) => ({
    onsetS,
    durationS: (annotations.ends[i] ?? onsetS) - onsetS,
    name: (annotations.names[i] ?? '').replaceAll('{COLON}', ':'),
  }));
  return {
    path,
    format: 'fif',
    rateHz,
    samples,
    channels: channels.map(({ gain: _gain, ...channel }) => ({ ...channel, bad: bads.has(channel.name) })),
    annotations: all,
    events: all.filter(({ name }) => !/^(bad|edge|boundary)/i.test(name)),
    companions: [],
    read: async (start, count) => {
      const n = Math.max(0, Math.min(count, samples - start));
      const rows = channels.map(() => new Float64Array(n));
      for (const buffer of buffers) {
        const from = Math.max(start, buffer.start);
        const to = Math.min(start + n, buffer.start + buffer.samples);
        if (from >= to) continue;
        const width = widths[buffer.type] ?? 4;
        const offset = (from - buffer.start) * channels.length * width;
        const bytes = await bytesAt(path, buffer.at + offset, (to - from) * channels.length * width);
        for (const [c, row] of rows.entries()) {
          const gain = channels[c]?.gain ?? 1;
          for (let i = from; i < to; i += 1)
            row[i - start] = number(bytes, ((i - from) * channels.length + c) * width, buffer.type) * gain;
        }
      }
      return rows;
    },
  };
}

function number(bytes: Buffer, at: number, type: number): number {
  if (type === 4) return bytes.readFloatBE(at);
  if (type === 5) return bytes.readDoubleBE(at);
  if (type === 3) return bytes.readInt32BE(at);
  return bytes.readInt16BE(at);
}

/** `fiffChInfo`: numbers, kind, range and calibration, coil and place, unit (107: V), power of ten, 16 bytes of name. */
function channelOf(bytes: Buffer): Omit<FifChannel, 'bad'> & { gain: number } {
  const volts = bytes.readInt32BE(72) === 107 ? 10 ** bytes.readInt32BE(76) : undefined;
  return {
    name: bytes.toString('latin1', 80, 96).replace(/\0.*$/s, ''),
    kind: kinds[bytes.readInt32BE(8)] ?? 'other',
    unit: volts === undefined ? '' : 'V',
    volts,
    gain: bytes.readFloatBE(12) * bytes.readFloatBE(16),
  };
}

/** Epochs of a FIF file: how many, of how many channels and samples. Undefined where it holds none. */
export async function readFifEpochs(
  path: string,
): Promise<{ readonly epochs: number; readonly channels: number; readonly samples: number } | undefined> {
  return await reading(path, async (handle) => {
    for await (const tag of tags(handle, path)) {
      if (tag.kind !== TAG.epochs) continue;
      // A matrix ends with its sizes, the fastest first, and their number.
      const trailer = Buffer.alloc(16);
      const { bytesRead } = await handle.read(trailer, 0, 16, tag.at + tag.size - 16);
      if (bytesRead < 16) throw malformedRecording(path, 'it ends within its data', 'a complete FIF file');
      const [samples, channels, epochs] = [0, 4, 8].map((at) => trailer.readInt32BE(at)) as [
        number,
        number,
        number,
      ];
      return { epochs, channels, samples };
    }
    return undefined;
  });
}

/** Number of tags of a FIF file of any content, read to its end. Throws input.malformed for one that is cut. */
export async function walkFif(path: string): Promise<number> {
  return await reading(path, async (handle) => {
    const { size } = await handle.stat();
    let count = 0;
    for await (const tag of tags(handle, path)) {
      if (tag.at + tag.size > size)
        throw malformedRecording(path, 'it ends within a tag', 'a complete FIF file');
      count += 1;
    }
    if (count < 3) throw malformedRecording(path, `it has ${count} tags`, 'a FIF file with content');
    return count;
  });
}
