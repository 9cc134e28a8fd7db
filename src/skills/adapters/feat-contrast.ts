import { NeuroClawError } from '../../kernel/errors.js';

/**
 * Weights of a contrast over conditions: a sum of names with signs and factors, such as `face-house`, `face` or
 * `0.5*face+0.5*cat-house`. Throws `param.invalid` for a name that is no condition and a sum that cannot be read.
 *
 * @returns one weight a condition, in their order
 */
export function parseContrast(text: string, conditions: readonly string[]): number[] {
  const weights = conditions.map(() => 0);
  const term = /([+-]?)\s*(?:(\d+(?:\.\d+)?)\s*\*\s*)?([A-Za-z_]\w*)\s*/y;
  const wrong = (message: string): NeuroClawError =>
    new NeuroClawError('param.invalid', `contrast ${JSON.stringify(text)}: ${message}`, {
      place: { field: 'contrasts' },
      expected: `a sum of ${conditions.join(', ')}, such as ${conditions[0] ?? 'a'}-${conditions[1] ?? 'b'}`,
    });
  const said = text.trim();
  for (let at = 0; at < said.length;) {
    term.lastIndex = at;
    const match = term.exec(said);
    const [, sign = '', factor = '1', name = ''] = match ?? [];
    if (match === null || (at > 0 && sign === ''))
      throw wrong(`it cannot be read from ${JSON.stringify(said.slice(at))} on`);
    const index = conditions.indexOf(name);
    if (index < 0) throw wrong(`${name} is no condition`);
    weights[index] = (weights[index] ?? 0) + (sign === '-' ? -1 : 1) * Number(factor);
    at = term.lastIndex;
  }
  if (weights.every((weight) => weight === 0)) throw wrong('every weight is 0');
  return weights;
}
