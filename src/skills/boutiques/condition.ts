import type { JsonValue } from '../../kernel/json.js';

/** True or false for the values of a call. */
export type Condition = (values: Readonly<Record<string, JsonValue>>) => boolean;

const lexeme = /\s*(?:(==|!=|<=|>=|<|>|\(|\))|'([^']*)'|"([^"]*)"|([^\s()=!<>'"]+))/y;

/**
 * Reads a condition of `conditional-path-template`: ids (or value-keys) and literals compared with
 * `== != < > <= >=`, joined by `and`, `or`, `not` and parentheses. As in `bosh`, a condition that names an input
 * without a value is false as a whole. Nothing is ever evaluated as code.
 *
 * @param ids input id by the name it may have here: its id and its value-key
 * @throws {SyntaxError} says what cannot be read
 */
export function parseCondition(text: string, ids: ReadonlyMap<string, string>): Condition {
  const tokens = lex(text);
  let at = 0;
  const named = new Set<string>();
  const take = (word: string): boolean => {
    const hit = tokens[at]?.word === word;
    if (hit) at += 1;
    return hit;
  };

  type Operand = (values: Readonly<Record<string, JsonValue>>) => JsonValue;
  const operand = (): Operand => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw new SyntaxError(`\`${text}\` ends too early`);
    if (token.literal !== undefined) return () => token.literal ?? '';
    const id = ids.get(token.word);
    if (id !== undefined) {
      named.add(id);
      return (values) => values[id] ?? false;
    }
    if (token.word === 'True' || token.word === 'False') return () => token.word === 'True';
    const number = Number(token.word);
    if (Number.isNaN(number)) throw new SyntaxError(`\`${token.word}\` in \`${text}\` is no input`);
    return () => number;
  };
  const comparison = (): Condition => {
    const left = operand();
    const operator = tokens[at]?.word ?? '';
    const compare = comparators[operator];
    if (compare === undefined) return (values) => Boolean(left(values));
    at += 1;
    const right = operand();
    return (values) => compare(left(values), right(values));
  };
  const unary = (): Condition => {
    if (take('not')) {
      const inner = unary();
      return (values) => !inner(values);
    }
    if (!take('(')) return comparison();
    const inner = or();
    if (!take(')')) throw new SyntaxError(`a parenthesis of \`${text}\` is never closed`);
    return inner;
  };
  const and = (): Condition => {
    const parts = [unary()];
    while (take('and')) parts.push(unary());
    return (values) => parts.every((part) => part(values));
  };
  const or = (): Condition => {
    const parts = [and()];
    while (take('or')) parts.push(and());
    return (values) => parts.some((part) => part(values));
  };

  const whole = or();
  if (at < tokens.length)
    throw new SyntaxError(`\`${text}\` cannot be read from \`${tokens[at]?.word ?? ''}\` on`);
  return (values) => [...named].every((id) => values[id] !== undefined) && whole(values);
}

const comparators: Readonly<Record<string, (left: JsonValue, right: JsonValue) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => order(left, right) < 0,
  '>': (left, right) => order(left, right) > 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>=': (left, right) => order(left, right) >= 0,
};

/** Negative, 0 or positive for two numbers or two texts; NaN, which no comparison holds for, for anything else. */
function order(left: JsonValue, right: JsonValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  return NaN;
}

function lex(text: string): { word: string; literal?: string }[] {
  const tokens: { word: string; literal?: string }[] = [];
  lexeme.lastIndex = 0;
  const end = text.trimEnd().length;
  while (lexeme.lastIndex < end) {
    const from = lexeme.lastIndex;
    const match = lexeme.exec(text);
    if (!match) throw new SyntaxError(`\`${text.slice(from).trim()}\` cannot be read`);
    const literal = match[2] ?? match[3];
    tokens.push(literal === undefined ? { word: match[1] ?? match[4] ?? '' } : { word: '', literal });
  }
  return tokens;
}
