import { writeFile } from 'node:fs/promises';

export interface FifContent {
  readonly rateHz: number;
  /** V by channel. */
  readonly channels: Readonly<Record<string, Float64Array>>;
  /** EEG (2) where absent; 202 is EOG. */
  readonly kinds?: Readonly<Record<string, number>>;
  readonly bads?: readonly string[];
  readonly annotations?: readonly (readonly [onsetS: number, durationS: number, name: string])[];
}

const int = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) buffer.writeInt32BE(value, 4 * i);
  return buffer;
};
const float = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) buffer.writeFloatBE(value, 4 * i);
  return buffer;
};
const tag = (kind: number, type: number, data: Buffer, next = 0): Buffer =>
  Buffer.concat([int(kind, type, data.length, next), data]);
const block = (kind: number, ...content: Buffer[]): Buffer =>
  Buffer.concat([tag(104, 3, int(kind)), ...content, tag(105, 3, int(kind))]);

/** The parts of a raw FIF file that MNE writes and the reader looks at, in two buffers of samples. */
export async function writeFif(path: string, content: FifContent): Promise<void> {
  const names = Object.keys(content.channels);
  const channels = names.map((name, i) => {
    const label = Buffer.alloc(16);
    label.write(name, 'latin1');
    const kind = content.kinds?.[name] ?? 2;
    const place = float(...Array.from({ length: 12 }, () => 0));
    return tag(
      203,
      30,
      Buffer.concat([int(i + 1, i + 1, kind), float(1, 1), int(1), place, int(107, 0), label]),
    );
  });
  const rows = Object.values(content.channels);
  const samples = rows[0]?.length ?? 0;
  const half = Math.floor(samples / 2);
  const buffers = [
    [0, half],
    [half, samples],
  ].map(([from = 0, to = 0]) => {
    const values: number[] = [];
    for (let i = from; i < to; i += 1) for (const row of rows) values.push(row[i] ?? 0);
    return tag(300, 4, float(...values));
  });
  const bads = content.bads ?? [];
  const annotations = content.annotations ?? [];
  await writeFile(
    path,
    Buffer.concat([
      tag(100, 31, Buffer.alloc(20)),
      block(
        100,
        block(101, tag(200, 3, int(names.length)), tag(201, 4, float(content.rateHz)), ...channels),
        ...(bads.length === 0 ? [] : [block(359, tag(3507, 10, Buffer.from(bads.join(':'))))]),
        ...(annotations.length === 0
          ? []
          : [
              block(
                3810,
                tag(3568, 4, float(...annotations.map(([onset]) => onset))),
                tag(3569, 4, float(...annotations.map(([onset, duration]) => onset + duration))),
                tag(
                  206,
                  10,
                  Buffer.from(annotations.map(([, , name]) => name.replaceAll(':', '{COLON}')).join(':')),
                ),
              ),
            ]),
        block(102, ...buffers),
      ),
      tag(108, 0, Buffer.alloc(0), -1),
    ]),
  );
}

/** A file with one tag of epochs, epochs x channels x samples, as FIF keeps them. */
export async function writeFifEpochs(
  path: string,
  epochs: number,
  channels: number,
  samples: number,
): Promise<void> {
  const values = Buffer.alloc(4 * epochs * channels * samples);
  // float32 as a matrix; the sizes stand behind the values, the fastest first.
  const data = tag(302, 0x40000004, Buffer.concat([values, int(samples, channels, epochs, 3)]));
  await writeFile(
    path,
    Buffer.concat([tag(100, 31, Buffer.alloc(20)), block(373, data), tag(108, 0, Buffer.alloc(0), -1)]),
  );
}
