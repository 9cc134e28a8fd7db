import { parseCitation } from './citation.js';

export interface Reference {
  /** Place in the list, from 1. */
  readonly number: number;
  /** For BibTeX: `Veraart2016`. */
  readonly key: string;
  readonly text: string;
  readonly doi?: string;
  /** Ids of the skills that it is cited for. */
  readonly skills: readonly string[];
}

interface Citation {
  readonly text: string;
  readonly doi?: string | undefined;
}

/** References in the order in which they are cited first; the same DOI, or text without one, is one reference. */
export class Bibliography {
  readonly #entries = new Map<string, { citation: Citation; skills: Set<string> }>();

  /** ` [1, 2]`, or nothing where there is nothing to cite. */
  cite(skill: string, citations: readonly Citation[]): string {
    return this.citeTogether([[skill, { citations }]]);
  }

  /** As `cite`, once for several skills. */
  citeTogether(skills: Iterable<readonly [string, { readonly citations: readonly Citation[] }]>): string {
    const numbers = new Set<number>();
    for (const [skill, { citations }] of skills)
      for (const citation of citations) numbers.add(this.#numberOf(skill, citation));
    return numbers.size === 0 ? '' : ` [${[...numbers].join(', ')}]`;
  }

  #numberOf(skill: string, citation: Citation): number {
    const id = citation.doi?.toLowerCase() ?? citation.text;
    const known = this.#entries.get(id);
    if (known === undefined) this.#entries.set(id, { citation, skills: new Set([skill]) });
    else known.skills.add(skill);
    return [...this.#entries.keys()].indexOf(id) + 1;
  }

  references(): Reference[] {
    const taken = new Map<string, number>();
    return [...this.#entries.values()].map(({ citation, skills }, index) => {
      const base = keyOf(citation.text);
      const count = taken.get(base) ?? 0;
      taken.set(base, count + 1);
      return {
        number: index + 1,
        key: count === 0 ? base : `${base}${String.fromCharCode(97 + count)}`,
        text: citation.text.replace(/\s+/g, ' '),
        ...(citation.doi === undefined ? {} : { doi: citation.doi }),
        skills: [...skills].sort(),
      };
    });
  }
}

/** Family name of the first author and the year. */
function keyOf(text: string): string {
  const author = /^[\p{L}'-]+/u.exec(text.normalize('NFD').replace(/\p{M}/gu, ''))?.[0] ?? 'Reference';
  const year = /\(((?:19|20)\d\d)\)|\b((?:19|20)\d\d)\b/.exec(text);
  return `${author.replace(/[^A-Za-z]/g, '')}${year?.[1] ?? year?.[2] ?? ''}`;
}

/** The references as BibTeX: an article each, with authors, title, journal, year and DOI. UTF-8, as biber reads it. */
export function bibtex(references: readonly Reference[]): string {
  return references.map(entryOf).join('\n');
}

function entryOf({ key, text, doi }: Reference): string {
  const work = parseCitation(text);
  const fields: [string, string][] =
    work === undefined
      ? [['note', escaped(text)]]
      : [
          ['author', [...work.authors.map(authorName), ...(work.more ? ['others'] : [])].join(' and ')],
          // A second pair of braces keeps capitals: MRI, N4ITK.
          ['title', `{${escaped(work.title)}}`],
          ['journal', escaped(work.venue)],
          ...(work.volume === undefined ? [] : [['volume', work.volume] as [string, string]]),
          ...(work.pages === undefined ? [] : [['pages', work.pages.replace('-', '--')] as [string, string]]),
          ['year', work.year],
        ];
  if (doi !== undefined) fields.push(['doi', doi]);
  const lines = fields.map(([name, value]) => `  ${name} = {${value}}`);
  return `@${work === undefined ? 'misc' : 'article'}{${key},\n${lines.join(',\n')}\n}\n`;
}

/** `Avants BB` -> `Avants, B. B.`; a name without initials is a group. */
function authorName(author: string): string {
  const [, family, initials] = /^(.+) (\p{Lu}{1,4})$/u.exec(author) ?? [];
  if (family === undefined || initials === undefined) return `{${escaped(author)}}`;
  return `${escaped(family)}, ${[...initials].map((letter) => `${letter}.`).join(' ')}`;
}

function escaped(text: string): string {
  return text.replace(/[{}]/g, '').replace(/[&%#_$]/g, '\\$&');
}
