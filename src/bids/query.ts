import type { BidsPattern } from './pattern.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { entityKey } from './entities.js';
import { compareNatural } from './natural-order.js';
import { NeuroClawError } from '../kernel/errors.js';
import { nearest } from '../kernel/text.js';
import { entityTable } from './entities.js';

/**
 * Files that fit a pattern, in natural order. Keys are `datatype`, `suffix`, `extension` or an entity by short key or
 * long name; a value is one label, several, `*` (any, but present) or `none` (absent). Labels are compared as text.
 * Throws input.invalid for a key that is no entity.
 */
export function queryFiles(
  dataset: BidsDataset,
  pattern: BidsPattern,
  more: { readonly participants?: readonly string[] } = {},
): BidsFile[] {
  const tests = Object.entries(pattern).map(([name, value]) =>
    fieldTest(name, Array.isArray(value) ? value : [value]),
  );
  const only = more.participants === undefined ? undefined : new Set(more.participants);
  return dataset.files
    .filter(
      (file) =>
        (only === undefined || only.has(file.entities['sub'] ?? '')) && tests.every((test) => test(file)),
    )
    .sort((a, b) => compareNatural(a.path, b.path));
}

function fieldTest(name: string, values: readonly string[]): (file: BidsFile) => boolean {
  const read = fieldReader(name);
  return (file) => {
    const value = read(file);
    return values.some((wanted) =>
      wanted === 'none' ? value === undefined : wanted === '*' ? value !== undefined : value === wanted,
    );
  };
}

function fieldReader(name: string): (file: BidsFile) => string | undefined {
  if (name === 'datatype') return (file) => file.datatype;
  if (name === 'suffix') return (file) => file.suffix;
  if (name === 'extension') return (file) => file.extension;
  const key = entityKey(name);
  if (key !== undefined) return (file) => file.entities[key];
  const known = ['datatype', 'suffix', 'extension', ...entityTable.flat()];
  const near = nearest(name, known);
  throw new NeuroClawError(
    'input.invalid',
    `${name} is no BIDS entity${near === undefined ? '' : `; did you mean ${near}?`}`,
    {
      place: { field: name },
      expected: 'an entity such as subject, session, task, run; or datatype, suffix, extension',
    },
  );
}
