const collator = new Intl.Collator('en', { numeric: true });

/** `run-2` before `run-10`; ties by code point, so that the order is total. */
export function compareNatural(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
