import { html, type Html } from '../page/html.js';
import { numberText } from './words.js';

const [WIDTH, HEIGHT, MARGIN] = [144, 24, 6];

/** Values on a line from the smallest to the largest, a dot each, with the marked ones on top; nothing for fewer than two. */
export function spreadOf(
  values: readonly { readonly value: number; readonly kind: 'out' | 'far' | undefined }[],
): Html | undefined {
  const numbers = values.map(({ value }) => value);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (values.length < 2 || !(high > low)) return undefined;
  const at = (value: number): string =>
    (MARGIN + ((value - low) / (high - low)) * (WIDTH - 2 * MARGIN)).toFixed(1);
  const dots = [...values]
    .sort((a, b) => Number(a.kind !== undefined) - Number(b.kind !== undefined))
    .map(
      ({ value, kind }) =>
        html`<circle${kind !== undefined && html` class="${kind}"`} cx="${at(value)}" cy="12" r="3" />`,
    );
  const said = `from ${numberText(low)} to ${numberText(high)}`;
  return html`<svg class="spread" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${said}">
      <title>${said}</title>
      <line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="12" y2="12" />
      ${dots}
    </svg>
    <span class="small soft">${numberText(low)} to ${numberText(high)}</span>`;
}
