/** Contrasts that a request names, and the rest of it, which is read as words. */
export interface SpokenContrasts {
  /** `face-house,cat-chair`, as pipelines take them; absent: none was named. */
  readonly contrasts?: string;
  readonly rest: string;
}

const VERSUS = String.raw`\s*(>|<|-|(?<!\w)(?:vs\.?|versus|minus|against|over|compared\s+(?:to|with))(?!\w))\s*`;

/**
 * Reads `face vs house`, `incongruent > congruent`, `face-house` where both are conditions of the events: the first minus
 * the second, spelled as the events spell them. Conditions whose names hold more than letters, digits and underscores
 * cannot stand in an expression and are left alone.
 */
export function readContrasts(text: string, conditions: readonly string[]): SpokenContrasts {
  const named = new Map(
    conditions
      .filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      .map((name) => [name.toLowerCase(), name] as const),
  );
  if (named.size < 2) return { rest: text };
  const any = `(${[...named.keys()].sort((a, b) => b.length - a.length).join('|')})s?`;
  const found: string[] = [];
  const rest = text.replace(
    new RegExp(`(?<![A-Za-z0-9_])${any}${VERSUS}${any}(?![A-Za-z0-9_])`, 'gi'),
    (whole, first: string, sign: string, second: string) => {
      const [a, b] = [named.get(first.toLowerCase()), named.get(second.toLowerCase())];
      if (a === undefined || b === undefined || a === b) return whole;
      found.push(sign === '<' ? `${b}-${a}` : `${a}-${b}`);
      return ' , ';
    },
  );
  return found.length === 0 ? { rest: text } : { contrasts: [...new Set(found)].join(','), rest };
}
