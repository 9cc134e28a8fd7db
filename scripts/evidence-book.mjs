// What `skills/evidence.json` says, against what tests showed. Pure functions; `evidence.mjs` does the reading and writing.

/** @typedef {{evidence: 'executed' | 'command', by: string}} Entry */
/** @typedef {{shown: {id: string, level: 'executed' | 'command', by: string}[], files: {by: string, complete: boolean}[]}} Records */

const rank = { command: 1, executed: 2 };

/**
 * The best that was shown of each skill. Where several tests show it, the one that the book names already stays, else
 * the first in alphabetical order: the book must not change where nothing changed.
 * @param {Records} records
 * @param {Record<string, Entry>} book
 * @returns {Record<string, Entry>}
 */
function best({ shown }, book) {
  const found = {};
  for (const { id, level, by } of shown) {
    const before = found[id];
    const better = before === undefined || rank[level] > rank[before.evidence];
    const same = before !== undefined && rank[level] === rank[before.evidence];
    const named = book[id]?.by === by;
    const kept = book[id]?.by === before?.by;
    if (better || (same && !kept && (named || by < before.by))) found[id] = { evidence: level, by };
  }
  return found;
}

/**
 * The book after a run. A run of everything replaces it. A run of some files adds what they showed, and takes out only
 * what one of them used to show and, run from end to end, did not.
 * @param {Record<string, Entry>} book
 * @param {Records} records
 * @param {boolean} everything
 */
export function merge(book, records, everything) {
  const found = best(records, book);
  const merged = everything ? {} : { ...book };
  const ran = new Set(records.files.filter((file) => file.complete).map((file) => file.by));
  for (const [id, entry] of Object.entries(merged)) if (ran.has(entry.by)) delete merged[id];
  for (const [id, entry] of Object.entries(found))
    if (merged[id] === undefined || rank[entry.evidence] > rank[merged[id].evidence]) merged[id] = entry;
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What the book claims that a run of everything did not show, and what it leaves out.
 * @param {Record<string, Entry>} book
 * @param {Records} records
 * @returns {string[]}
 */
export function differences(book, records) {
  const found = best(records, book);
  const problems = [];
  for (const [id, { evidence, by }] of Object.entries(book)) {
    if (records.shown.some((entry) => entry.id === id && entry.level === evidence && entry.by === by))
      continue;
    problems.push(`${id}: claims \`${evidence}\` by ${by}, which did not show it`);
  }
  for (const [id, { evidence, by }] of Object.entries(found))
    if ((rank[book[id]?.evidence] ?? 0) < rank[evidence])
      problems.push(`${id}: ${by} shows \`${evidence}\`, the book says ${book[id]?.evidence ?? 'nothing'}`);
  return problems.sort();
}

/**
 * One line a skill, so that changes of two people rarely meet.
 * @param {Record<string, Entry>} book
 */
export function print(book) {
  const lines = Object.entries(book).map(
    ([id, { evidence, by }]) =>
      `  ${JSON.stringify(id)}: { "evidence": "${evidence}", "by": ${JSON.stringify(by)} }`,
  );
  return lines.length === 0 ? '{}\n' : `{\n${lines.join(',\n')}\n}\n`;
}
