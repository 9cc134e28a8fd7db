type Value = string | number | Buffer;

/** An element of explicit VR, little-endian (PS3.5, 7.1.2). */
function element(tag: string, vr: string, value: Value): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  let content = typeof value === 'number' ? numberBytes(vr, value) : Buffer.from(value);
  if (content.length % 2 === 1) content = Buffer.concat([content, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  const long = ['OB', 'OW', 'UN', 'SQ', 'UT'].includes(vr);
  const length = Buffer.alloc(long ? 6 : 2);
  if (long) length.writeUInt32LE(content.length, 2);
  else length.writeUInt16LE(content.length, 0);
  return Buffer.concat([head, Buffer.from(vr), length, content]);
}

function numberBytes(vr: string, value: number): Buffer {
  const bytes = Buffer.alloc(vr === 'FD' ? 8 : vr === 'FL' ? 4 : 2);
  if (vr === 'FD') bytes.writeDoubleLE(value);
  else if (vr === 'FL') bytes.writeFloatLE(value);
  else bytes.writeUInt16LE(value);
  return bytes;
}

/** A DICOM file with elements by `ggggeeee VR`, and 1 kB of pixels. */
export function dicomBytes(elements: Readonly<Record<string, Value>> = {}): Buffer {
  const all: Record<string, Value> = {
    '00080016 UI': '1.2.840.10008.5.1.4.1.1.4',
    '00080060 CS': 'MR',
    '0020000d UI': '1.2.3',
    '0020000e UI': '1.2.3.4',
    '00200011 IS': '1',
    '00200013 IS': '1',
    '7fe00010 OW': Buffer.alloc(1024, 7),
    ...elements,
  };
  const meta = element('00020010', 'UI', '1.2.840.10008.1.2.1');
  const group = Buffer.alloc(4);
  group.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('UL'), Buffer.from([4, 0]), group]),
    meta,
    ...Object.keys(all)
      .sort()
      .map((key) => element(key.slice(0, 8), key.slice(9), all[key] ?? '')),
  ]);
}
