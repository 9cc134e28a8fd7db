import type { JsonObject, JsonValue } from '../../../../src/kernel/json.js';

/** The same settings said twice: as a request to a skill, and in the words of an interface of Nipype. */
export interface NipypeCase {
  readonly skill: string;
  /** Module and class below `nipype.interfaces`. */
  readonly interface: string;
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
  readonly params?: JsonObject;
  readonly traits: Readonly<Record<string, JsonValue>>;
  /** How many tokens at the end are arguments by place. */
  readonly tail?: number;
  /** The same of Nipype's command line, where it puts them behind the options and we before. */
  readonly theirTail?: number;
  /** Our short names of options, with the long ones that Nipype writes. */
  readonly names?: Readonly<Record<string, string>>;
  /** Whether the order of all tokens means something. */
  readonly ordered?: boolean;
  /** Tokens that are options although they look like numbers. */
  readonly flags?: readonly string[];
  /** Another name of the program, and the reason. */
  readonly program?: { readonly theirs: string; readonly why: string };
  readonly differs?: readonly Difference[];
}

/** Options that only one of the two writes, each a flag with its values, and the reason. */
export interface Difference {
  readonly ours?: readonly string[];
  readonly theirs?: readonly string[];
  readonly why: string;
}
