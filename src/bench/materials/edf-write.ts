import { writeFile } from 'node:fs/promises';

export interface EdfChannel {
  readonly name: string;
  /** Microvolts, one a sample. */
  readonly values: Float64Array;
}

/** Physical range of every channel, microvolts. */
const RANGE_UV = 800;
const DIGITAL = 32767;

/**
 * Writes a European Data Format file (Kemp et al. 1992, doi:10.1016/0013-4694(92)90009-7) with records of 1 s and
 * channels in uV. Returns what the file holds: the values after rounding to 16 bits. Values beyond +-800 uV are cut, as
 * an amplifier does.
 */
export async function writeEdf(
  path: string,
  channels: readonly EdfChannel[],
  rateHz: number,
): Promise<EdfChannel[]> {
  const records = Math.floor((channels[0]?.values.length ?? 0) / rateHz);
  const field = (text: string | number, width: number): string => String(text).slice(0, width).padEnd(width);
  const column = (width: number, text: (channel: EdfChannel) => string | number): string =>
    channels.map((channel) => field(text(channel), width)).join('');
  const header = [
    field('0', 8),
    field('X X X X', 80),
    field('Startdate 01-JAN-2020 X X X', 80),
    '01.01.20',
    '00.00.00',
    field(256 * (channels.length + 1), 8),
    field('', 44),
    field(records, 8),
    field(1, 8),
    field(channels.length, 4),
    column(16, ({ name }) => name),
    column(80, () => 'AgAgCl electrode'),
    column(8, () => 'uV'),
    column(8, () => -RANGE_UV),
    column(8, () => RANGE_UV),
    column(8, () => -DIGITAL),
    column(8, () => DIGITAL),
    column(80, () => 'HP:DC'),
    column(8, () => rateHz),
    column(32, () => ''),
  ].join('');
  const bytes = Buffer.alloc(header.length + 2 * records * rateHz * channels.length);
  bytes.write(header, 0, 'latin1');
  let at = header.length;
  const kept = channels.map(({ name }) => ({ name, values: new Float64Array(records * rateHz) }));
  for (let record = 0; record < records; record++)
    for (const [index, { values }] of channels.entries())
      for (let sample = record * rateHz; sample < (record + 1) * rateHz; sample++) {
        const stored = Math.round(((values[sample] as number) / RANGE_UV) * DIGITAL);
        const cut = Math.max(-DIGITAL, Math.min(DIGITAL, stored));
        at = bytes.writeInt16LE(cut, at);
        (kept[index] as EdfChannel).values[sample] = (cut / DIGITAL) * RANGE_UV;
      }
  await writeFile(path, bytes);
  return kept;
}
