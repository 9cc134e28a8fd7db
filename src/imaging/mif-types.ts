import { endianness } from 'node:os';
import { niftiTypes, type NiftiType } from './nifti-types.js';

/** A data type of MRtrix images: one bit per voxel, or numbers that are stored as NIfTI stores them. */
export type MifType =
  | { readonly kind: 'bit' }
  | { readonly kind: 'number'; readonly number: NiftiType; readonly littleEndian: boolean };

const byName: ReadonlyMap<string, NiftiType> = new Map(
  [...niftiTypes.values()].map((each) => [each.name, each]),
);

/**
 * The type a header names; undefined for complex numbers and names that are none. Case does not matter, and without
 * LE or BE the order of this machine is meant (MRtrix3, DataType::parse).
 */
export function mifTypeNamed(datatype: string): MifType | undefined {
  const name = datatype.toLowerCase();
  if (name === 'bit') return { kind: 'bit' };
  const parts = /^((?:u?int|float)\d+)(le|be)?$/.exec(name);
  const number = byName.get(parts?.[1] ?? '');
  if (number === undefined) return undefined;
  const order = parts?.[2] ?? endianness().toLowerCase();
  return { kind: 'number', number, littleEndian: order === 'le' };
}
