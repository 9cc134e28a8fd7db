import type { NeuroClaw } from '../app/neuroclaw.js';
import type { Io } from './io.js';

/** What every command works with. */
export interface CommandContext {
  readonly io: Io;
  readonly app: NeuroClaw;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly version: string;
  /** Folder the person stands in. */
  readonly cwd: string;
}
