/** A value of one DICOM element: text (several values joined by a backslash), 16-bit whole numbers, or bytes. */
export type ElementValue = string | readonly number[] | Uint8Array;
export type Element = readonly [group: number, element: number, vr: string, value: ElementValue];

/** PS3.5 section 7.1.2: these value representations have two reserved bytes and a length of 32 bits. */
const longForms = new Set(['OB', 'OW', 'OF', 'SQ', 'UC', 'UN', 'UR', 'UT']);

/**
 * Writes elements as Explicit VR Little Endian, in the order of their tags (PS3.5 sections 7.1 and 7.5). An own writer,
 * because the libraries bring readers, codecs and networks for what is a page of code here.
 */
export function encodeElements(elements: readonly Element[]): Buffer {
  const sorted = [...elements].sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  return Buffer.concat(sorted.flatMap(encodeElement));
}

/** Preamble, prefix and group 2 (PS3.10 section 7.1), then the data set. */
export function encodeDicomFile(meta: readonly Element[], dataset: readonly Element[]): Buffer {
  const rest = encodeElements(meta);
  const length = Buffer.alloc(12);
  length.writeUInt16LE(0x0002, 0);
  length.write('UL', 4, 'latin1');
  length.writeUInt16LE(4, 6);
  length.writeUInt32LE(rest.length, 8);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, rest, encodeElements(dataset)]);
}

function encodeElement([group, element, vr, value]: Element): Buffer[] {
  const bytes = padded(valueBytes(vr, value), vr);
  const long = longForms.has(vr);
  const header = Buffer.alloc(long ? 12 : 8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(element, 2);
  header.write(vr, 4, 'latin1');
  if (long) header.writeUInt32LE(bytes.length, 8);
  else header.writeUInt16LE(bytes.length, 6);
  return [header, bytes];
}

function valueBytes(vr: string, value: ElementValue): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const bytes = Buffer.alloc(2 * value.length);
  for (const [index, number] of value.entries())
    if (vr === 'SS') bytes.writeInt16LE(number, 2 * index);
    else bytes.writeUInt16LE(number, 2 * index);
  return bytes;
}

/** Values have an even length: a zero byte behind UIDs and bytes, a space behind other texts (PS3.5 section 6.2). */
function padded(bytes: Buffer, vr: string): Buffer {
  if (bytes.length % 2 === 0) return bytes;
  return Buffer.concat([bytes, Buffer.from([vr === 'UI' || vr === 'OB' ? 0 : 0x20])]);
}

/** A decimal string: at most 16 characters (PS3.5 section 6.2, DS), the nearest that fits. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no decimal string`);
  for (let digits = 16; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)) + 0);
    if (text.length <= 16) return text;
  }
  throw new RangeError(`${value} does not fit 16 characters`);
}
