/**
 * Numbers within names by their value: `run-2` before `run-10`. Everything else by code unit, so that the order is
 * total and the same in every locale.
 */
export function compareNatural(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === a.length && at === b.length) return 0;
  // The first difference may lie inside a number that began before it.
  let start = at;
  while (start > 0 && isDigit(a.charCodeAt(start - 1))) start--;
  const endA = endOfDigits(a, start);
  const endB = endOfDigits(b, start);
  if (endA > start && endB > start) {
    const digitsA = a.slice(start, endA).replace(/^0+/, '');
    const digitsB = b.slice(start, endB).replace(/^0+/, '');
    if (digitsA.length !== digitsB.length) return digitsA.length - digitsB.length;
    if (digitsA !== digitsB) return digitsA < digitsB ? -1 : 1;
    const rest = compareNatural(a.slice(endA), b.slice(endB));
    if (rest !== 0) return rest;
  }
  return a < b ? -1 : 1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}
