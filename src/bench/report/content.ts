/** What a report says, whatever form it takes: a page or Markdown. Text is text: each form escapes it. */

export type Tone = 'good' | 'warn' | 'bad';

export interface Cell {
  readonly text: string;
  /** What a table is sorted by where the text is no number. */
  readonly value?: number;
  /** Address, relative to the report. */
  readonly href?: string;
  readonly tone?: Tone;
}

export interface Column {
  readonly title: string;
  readonly about?: string;
  readonly number?: boolean;
}

export interface Table {
  readonly kind: 'table';
  readonly title?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Paragraph {
  readonly kind: 'text';
  readonly text: string;
  readonly tone?: Tone;
}

export interface Figure {
  readonly kind: 'figure';
  /** Of the file, without ending. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly svg: string;
}

export type Block = Table | Paragraph | Figure;

export interface ContentSection {
  /** Anchor, of letters and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Content {
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly sections: readonly ContentSection[];
}

export const text = (of: string, tone?: Tone): Paragraph => ({
  kind: 'text',
  text: of,
  ...(tone === undefined ? {} : { tone }),
});

/** What stands for a number that is not known. */
export const UNKNOWN = 'unknown';

export const cell = (of: string, more: Omit<Cell, 'text'> = {}): Cell => ({ text: of, ...more });

/** A number with so many digits behind the point; without one: what stands for none. */
export function numberCell(value: number | undefined, digits: number, none = UNKNOWN): Cell {
  return value === undefined ? { text: none } : { text: value.toFixed(digits), value };
}

/** `62.5 %`. */
export function percentCell(share: number | undefined, none = '–'): Cell {
  return share === undefined ? { text: none } : { text: percent(share), value: share };
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `48.1 to 75.0 %`. */
export function percentRange({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${(100 * low).toFixed(1)} to ${percent(high)}`;
}

/** p-values: three digits, never 0. */
export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}
