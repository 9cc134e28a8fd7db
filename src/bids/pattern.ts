/** What a file must have: entity, `datatype`, `suffix` or `extension` -> the value, or any of several. */
export type BidsPattern = Readonly<Record<string, string | readonly string[]>>;
