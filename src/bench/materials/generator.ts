import type { z } from 'zod';

/** Where a generator writes, and reads what the lock gave it. */
export interface GeneratorFolders {
  /** What the agent gets. */
  readonly in: string;
  /** What the verifier alone gets: the truth. */
  readonly reference: string;
  /** Locked files of the shared data that the generator works on. */
  readonly source: string;
}

/** Makes the data of a task from a seed, with a truth that is known: the same seed gives the same voxels and texts. */
export interface Generator<Params = unknown> {
  readonly id: string;
  /** One sentence: what is made and what of it is known. */
  readonly about: string;
  readonly params: z.ZodType<Params>;
  make(folders: GeneratorFolders, seed: number, params: Params): Promise<void>;
}

/** Declares a generator; its parameters are typed by their schema. */
export function defineGenerator<Params>(generator: Generator<Params>): Generator {
  return { ...generator, make: (folders, seed, params) => generator.make(folders, seed, params as Params) };
}
