export interface Argument {
  readonly name: string;
  readonly optional: boolean;
  readonly multiple: boolean;
  /** `INT`, `CHOICE`, ...; empty where a program (the Python ones) does not say. */
  readonly type: string;
  readonly rest: readonly string[];
}
export interface Option {
  readonly required: boolean;
  readonly multiple: boolean;
  readonly arguments: readonly Argument[];
}
export interface Usage {
  readonly synopsis: string;
  readonly arguments: readonly Argument[];
  /** By name, without its dash. */
  readonly options: ReadonlyMap<string, Option>;
  /** Whether it is a script in Python, which says less. */
  readonly python: boolean;
}
export function readUsages(text: string): ReadonlyMap<string, Usage>;
export function readUsage(full: string, rst?: string, help?: string): Usage;
