/** The same NIfTI-1 file in the other byte order. `width`: bytes of a voxel. */
export function swapped(bytes: Buffer, width: number): Buffer {
  const other = Buffer.from(bytes);
  const swap = (at: number, size: number, count = 1): void => {
    for (let i = 0; i < count; i++) other.subarray(at + i * size, at + (i + 1) * size).reverse();
  };
  swap(0, 4);
  swap(32, 4);
  swap(36, 2);
  swap(40, 2, 8);
  swap(56, 4, 3);
  swap(68, 2, 4);
  swap(76, 4, 11);
  swap(120, 2);
  swap(124, 4, 4);
  swap(140, 4, 2);
  swap(252, 2, 2);
  swap(256, 4, 18);
  swap(352, width, (bytes.length - 352) / width);
  return other;
}

/** A little-endian NIfTI-1 file as NIfTI-2 (nifti2.h). */
export function nifti2Bytes(first: Buffer): Buffer {
  const header = Buffer.alloc(544);
  header.writeInt32LE(540, 0);
  header.write('n+2\0\r\n\x1a\n', 4, 'latin1');
  first.copy(header, 12, 70, 74);
  for (let i = 0; i < 8; i++) header.writeBigInt64LE(BigInt(first.readInt16LE(40 + 2 * i)), 16 + 8 * i);
  const double = (from: number, to: number, count = 1): void => {
    for (let i = 0; i < count; i++) header.writeDoubleLE(first.readFloatLE(from + 4 * i), to + 8 * i);
  };
  double(76, 104, 8);
  header.writeBigInt64LE(544n, 168);
  double(112, 176, 2);
  first.copy(header, 240, 148, 228);
  header.writeInt32LE(first.readInt16LE(252), 344);
  header.writeInt32LE(first.readInt16LE(254), 348);
  double(256, 352, 6);
  double(280, 400, 12);
  header.writeInt32LE(first.readUInt8(123), 500);
  header.writeInt32LE(first.readInt16LE(68), 504);
  first.copy(header, 508, 328, 344);
  return Buffer.concat([header, first.subarray(352)]);
}
