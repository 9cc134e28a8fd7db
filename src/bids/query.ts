import { NeuroClawError } from '../kernel/errors.js';
import { nearest } from '../kernel/text.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { entityKey, entityTable } from './entities.js';
import type { BidsPattern } from './pattern.js';

/**
 * Files that fit a pattern, in natural order. Keys are `datatype`, `suffix`, `extension` or an entity by short key or
 * long name; a value is one label, several, `*` (any, but present) or `none` (absent). Labels are compared as text, so
 * that `run: "1"` does not find `run-01`. `participants` are labels, with or without `sub-`.
 * Throws input.invalid for a key that is neither an entity of BIDS nor one of the dataset.
 */
export function queryFiles(
  dataset: BidsDataset,
  pattern: BidsPattern,
  more: { readonly participants?: readonly string[] | undefined } = {},
): BidsFile[] {
  const tests = Object.entries(pattern).map(([name, value]) =>
    fieldTest(fieldReader(dataset, name), wantedValues(name, value)),
  );
  if (more.participants !== undefined) {
    const wanted = new Set(more.participants.map((label) => label.replace(/^sub-/, '')));
    tests.unshift((file) => wanted.has(file.entities['sub'] ?? ''));
  }
  return dataset.files.filter((file) => tests.every((test) => test(file)));
}

/** Of statistical maps (`stat-effect_statmap`): BIDS has no entity for them yet, and a dataset may hold none. */
const STATISTIC = 'stat';

type FieldReader = (file: BidsFile) => string | undefined;

/** The dot of an extension may be left out. */
function wantedValues(name: string, value: string | readonly string[]): readonly string[] {
  const values = typeof value === 'string' ? [value] : value;
  if (name !== 'extension') return values;
  return values.map((wanted) => (/^(\.|\*$|none$)/.test(wanted) ? wanted : `.${wanted}`));
}

function fieldTest(read: FieldReader, values: readonly string[]): (file: BidsFile) => boolean {
  const labels = new Set(values);
  const any = labels.delete('*');
  const none = labels.delete('none');
  return (file) => {
    const value = read(file);
    return value === undefined ? none : any || labels.has(value);
  };
}

function fieldReader(dataset: BidsDataset, name: string): FieldReader {
  if (name === 'datatype') return (file) => file.datatype;
  if (name === 'suffix') return (file) => file.suffix || undefined;
  if (name === 'extension') return (file) => file.extension || undefined;
  const key = entityKey(name) ?? name;
  if (key === name && entityKey(name) === undefined && name !== STATISTIC) {
    const used = dataset.files.some((file) => Object.hasOwn(file.entities, name));
    if (!used) throw unknownField(name);
  }
  return (file) => (Object.hasOwn(file.entities, key) ? file.entities[key] : undefined);
}

function unknownField(name: string): NeuroClawError {
  const near = nearest(name, ['datatype', 'suffix', 'extension', ...entityTable.flat()]);
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  return new NeuroClawError('input.invalid', `${name} is no BIDS entity${meant}`, {
    place: { field: name },
    expected: 'an entity such as subject, session, task, run; or datatype, suffix, extension',
  });
}
