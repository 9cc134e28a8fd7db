import { ToolUsageError } from '../tool.js';
import type { ScalpMap } from './kinds/scalp-picture.js';
import type { ElectrodePlace } from './scalp.js';

type Table = ReadonlyMap<string, readonly string[]>;

function column(table: Table, name: string): readonly string[] {
  const found = table.get(name);
  if (found !== undefined) return found;
  throw new ToolUsageError(`the table has no column ${name}; there are ${[...table.keys()].join(', ')}`);
}

/** Electrodes with a place, of a table with the columns name, x, y and z. */
export function placesOf(table: Table): ElectrodePlace[] {
  const [x, y, z] = [column(table, 'x'), column(table, 'y'), column(table, 'z')];
  return column(table, 'name').flatMap((name, row): ElectrodePlace[] => {
    const place = [Number(x[row]), Number(y[row]), Number(z[row])] as const;
    return place.every(Number.isFinite) ? [{ name, place }] : [];
  });
}

/** The maps of a table: one for each value of the column `each`, in the order in which they come, or one in all. */
export function mapsOf(
  table: Table,
  names: { readonly channel: string; readonly value: string; readonly each: string | undefined },
): ScalpMap[] {
  const [channels, values] = [column(table, names.channel), column(table, names.value)];
  const groups = names.each === undefined ? channels.map(() => '') : column(table, names.each);
  const maps = new Map<string, Map<string, number>>();
  for (const [row, channel] of channels.entries()) {
    const name = groups[row] ?? '';
    let map = maps.get(name);
    if (map === undefined) maps.set(name, (map = new Map<string, number>()));
    map.set(channel, Number(values[row]));
  }
  return [...maps].map(([name, map]) => ({ name, values: map }));
}
