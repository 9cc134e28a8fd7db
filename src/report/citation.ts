/** A citation taken apart. */
export interface CitedWork {
  /** `Avants BB`: family name and initials; a group has no initials. */
  readonly authors: readonly string[];
  /** There are more authors than are named. */
  readonly more: boolean;
  readonly title: string;
  readonly venue: string;
  readonly volume?: string;
  /** Pages with one hyphen between them, or the number of the article. */
  readonly pages?: string;
  readonly year: string;
}

const FORM =
  /^(?<authors>.+?)\. (?<title>.+[^.])(?:\.|(?<=[?!])) (?<venue>[^.]+?)(?: (?<volume>\d+))?(?:, (?<pages>[A-Za-z]?\d[\w-]*))? \((?<year>(?:19|20)\d\d)\)\.$/u;

/**
 * Takes apart `Family AB, Family C, et al. Title. Journal 12, 34-56 (2020).`, the form of the citations of all skills.
 * Undefined for any other form.
 */
export function parseCitation(text: string): CitedWork | undefined {
  const found = FORM.exec(text.trim().replace(/\s+/g, ' '))?.groups;
  if (found === undefined) return undefined;
  const named = (found['authors'] ?? '').split(', ');
  const more = named.at(-1) === 'et al';
  const authors = more ? named.slice(0, -1) : named;
  if (authors.length === 0 || authors.some((author) => !author.includes(' ') || /[;/]|\d/.test(author)))
    return undefined;
  return {
    authors,
    more,
    title: found['title'] ?? '',
    venue: found['venue'] ?? '',
    ...(found['volume'] === undefined ? {} : { volume: found['volume'] }),
    ...(found['pages'] === undefined ? {} : { pages: found['pages'] }),
    year: found['year'] ?? '',
  };
}
