/** One word, number or mark of a request. */
export interface Token {
  /** As it was written. */
  readonly raw: string;
  /** Lower case, spelling corrected towards the vocabulary. */
  readonly word: string;
  readonly kind: 'word' | 'number' | 'mark';
}

/** Spellings that were read as another word: told to the person. */
export interface Correction {
  readonly from: string;
  readonly to: string;
}

/** Words of several parts, made one. */
const joined: readonly (readonly [RegExp, string])[] = [
  [/\b(high|low|band)[\s-]+pass/gi, '$1pass'],
  [/\bresting?[\s-]+state\b/gi, 'restingstate'],
  [/\bslice[\s-]+tim(?:e|es|ing)\b/gi, 'slicetiming'],
  [/\brs[\s-]?f?mri\b/gi, 'restingstate'],
  [/\bdon['’]?t\b|\bdo not\b/gi, 'not'],
  [/\bt1[\s-]?w(?:eighted)?\b/gi, 't1w'],
  [/\bt2[\s-]?w(?:eighted)?\b/gi, 't2w'],
  [/\bfull[\s-]width(?:[\s-](?:at[\s-])?half[\s-]max(?:imum)?)?\b/gi, 'fwhm'],
  [/\b(t[12])s\b/gi, '$1w'],
  [/\bskull[\s-]*(strip\w*)\b/gi, 'skull$1'],
  [/\bmni[\s-]?(?:152\w*|icbm\w*)/gi, 'mni'],
  [/\btest[\s-]+retest\b/gi, 'retest'],
  [/[–—−]/g, '-'],
];

/** Words between the parts of a phrase that join two of a kind: `patients and controls`. */
const AND = String.raw`(?:(?:and|vs\.?|versus|with|to|from|against|or)\s+)?(?:healthy\s+)?`;

/** Makes one word of every phrase of the vocabulary, which writes it with hyphens: `first level`, `t test`. */
function joinPhrases(text: string, vocabulary: ReadonlySet<string>): string {
  let joint = text;
  for (const phrase of vocabulary) {
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(phrase)) continue;
    const parts = phrase.split('-').join(String.raw`(?:\s*-\s*|\s+${AND})`);
    joint = joint.replace(
      new RegExp(String.raw`(?<![\w-])${parts}(?![\w-])`, 'gi'),
      phrase.replaceAll('-', '_'),
    );
  }
  return joint;
}

/**
 * Takes a request apart. Words that are not known and nearly are (`convrt`, `smooting`) become the known word;
 * `keep` holds words that mean themselves, such as labels of participants and tasks.
 */
export function readWords(
  text: string,
  vocabulary: ReadonlySet<string>,
  keep: (word: string) => boolean,
): { readonly tokens: readonly Token[]; readonly corrections: readonly Correction[] } {
  let normal = text;
  for (const [pattern, replacement] of joined) normal = normal.replace(pattern, replacement);
  normal = joinPhrases(normal, vocabulary);
  // The shortest of several words with one stem stands for all of them: smooth for smoothing.
  const stems = new Map<string, string>();
  for (const word of [...vocabulary].sort((a, b) => b.length - a.length)) stems.set(stem(word), word);
  const corrections: Correction[] = [];
  const tokens: Token[] = [];
  const pattern =
    /(?:sub|ses|task|run|acq)-[A-Za-z0-9]+|[0-9]+(?:\.[0-9]+)?|\.[0-9]+|[A-Za-z][A-Za-z0-9_]*(?:\/[A-Za-z0-9-]+)?|[,;:.!?()&+=-]/gu;
  for (const [raw] of normal.matchAll(pattern)) {
    const lower = raw.toLowerCase();
    if (/^\.?[0-9]/.test(raw)) tokens.push({ raw, word: lower, kind: 'number' });
    else if (/^[,;:.!?()&+=-]$/.test(raw)) tokens.push({ raw, word: raw, kind: 'mark' });
    else {
      const phrase = lower.replaceAll('_', '-');
      if (lower !== phrase && vocabulary.has(phrase)) {
        tokens.push({ raw: raw.replaceAll('_', '-'), word: phrase, kind: 'word' });
        continue;
      }
      const word =
        keep(lower) || lower.includes('-') || lower.includes('/') ? lower : correct(lower, vocabulary, stems);
      if (word !== lower && stem(word) !== stem(lower))
        corrections.push({ from: raw, to: nearestForm(lower, word, vocabulary) });
      tokens.push({ raw, word, kind: 'word' });
    }
  }
  return { tokens, corrections };
}

function correct(word: string, vocabulary: ReadonlySet<string>, stems: ReadonlyMap<string, string>): string {
  const own = stem(word);
  const same = stems.get(own);
  if (same !== undefined) return same;
  if (vocabulary.has(word)) return word;
  const allowed = own.length < 5 ? 0 : own.length < 8 ? 1 : 2;
  let best: string | undefined;
  let least = allowed + 1;
  for (const [candidate, known] of stems) {
    if (candidate.length < 4 || Math.abs(candidate.length - own.length) > allowed) continue;
    const distance = editDistance(own, candidate);
    if (distance < least) [best, least] = [known, distance];
  }
  return best ?? word;
}

/** Cuts the endings of English that change nothing here: smoothing, smoothed, images, validates. */
export function stem(word: string): string {
  if (word.length <= 4)
    return word.length === 4 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
  return word
    .replace(/(?:ations?|ing|ed|es|s|e)$/, (ending) => (ending === 's' && word.endsWith('ss') ? 's' : ''))
    .replace(/(.)\1$/, '$1');
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment; Damerau, Commun ACM 7:171,
 * 1964): `dicmos` is one swap from `dicoms`.
 */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const before = rows[i - 1] as number[];
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (before[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(value);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

/** The form of a word that comes nearest to what was written: `dicmos` was meant to be `dicoms`, not `dicom`. */
function nearestForm(written: string, word: string, vocabulary: ReadonlySet<string>): string {
  const forms = [...vocabulary].filter((form) => stem(form) === stem(word));
  return forms.sort((a, b) => editDistance(written, a) - editDistance(written, b))[0] ?? word;
}
