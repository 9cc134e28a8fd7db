/**
 * Values of one tag of a Siemens CSA header (0029,1010), text as it stands there. Undefined where the tag or the
 * header is not there, or is not of the SV10 layout (https://nipy.org/nibabel/dicom/siemens_csa.html): after `SV10`
 * and four bytes the number of tags and a 77; each tag is a name of 64 bytes, vm, vr, syngodt, number of items, a
 * check value; each item four integers, of which the second is its length, and its bytes padded to four.
 */
export function csaValues(bytes: Uint8Array, tag: string): string[] | undefined {
  const csa = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (csa.length < 16 || csa.toString('latin1', 0, 4) !== 'SV10') return undefined;
  const tags = csa.readUInt32LE(8);
  let at = 16;
  for (let index = 0; index < tags && at + 84 <= csa.length; index++) {
    const name = untilNull(csa.subarray(at, at + 64));
    const items = csa.readUInt32LE(at + 76);
    at += 84;
    const values: string[] = [];
    for (let item = 0; item < items && at + 16 <= csa.length; item++) {
      const length = csa.readUInt32LE(at + 4);
      at += 16;
      if (length > csa.length - at) return undefined;
      const value = untilNull(csa.subarray(at, at + length)).trim();
      if (value !== '') values.push(value);
      at += Math.ceil(length / 4) * 4;
    }
    if (name === tag) return values;
  }
  return undefined;
}

function untilNull(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}
