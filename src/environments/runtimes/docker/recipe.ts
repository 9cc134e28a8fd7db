import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { fromFileSystem, NeuroClawError } from '../../../kernel/errors.js';
import { sha256OfJson } from '../../../kernel/json.js';

const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'expected the name of a Debian package');

/** How an image is built from Debian packages: data, so that it can be read, compared and hashed. */
const recipeSchema = z.strictObject({
  /** Release of Debian, by its code name. */
  suite: z.string().regex(/^[a-z]+$/),
  /**
   * `ignored`: lists of packages whose signature says that they are out of date are taken (a mirror that lags behind a
   * release that is not out yet). They must be signed in any case.
   */
  valid_until: z.literal('ignored').optional(),
  /** Set of packages that mmdebstrap starts from: `essential` has no package manager, `minbase` has apt. */
  variant: z.enum(['essential', 'apt', 'minbase']).default('essential'),
  packages: z.array(packageName).min(1),
  /** Paths, with shell wildcards, that are left out when packages are unpacked. */
  exclude: z.array(z.string().startsWith('/')).default([]),
  /** Variables of the image; part of its identity. */
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  /** Python packages of a lock file with hashes, beside the recipe: wheels alone, put into `/opt/python`. */
  python: z
    .strictObject({ lock: z.string().min(1), version: z.string().regex(/^3\.\d+$/, 'expected 3.N') })
    .optional(),
  /** Newer file dates become this one, so that equal packages give equal bytes. Later than the packages are. */
  epoch: z.iso.datetime(),
});

export type Recipe = z.infer<typeof recipeSchema>;

/** Reads a recipe. Throws `environment.invalid` with file and field. */
export async function readRecipe(file: string): Promise<Recipe> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new NeuroClawError('environment.invalid', 'a recipe is not YAML', {
      place: { file },
      cause: error,
    });
  }
  const result = recipeSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new NeuroClawError(
    'environment.invalid',
    `a recipe is broken: ${issue?.message ?? 'unknown reason'}`,
    {
      place: { file, field: issue?.path.join('.') ?? '' },
    },
  );
}

/**
 * SHA-256 of what a recipe asks for: names the image that is built from it.
 *
 * @param requirements SHA-256 of the lock file of its Python packages, where it has one
 */
export function recipeDigest(recipe: Recipe, requirements?: string): string {
  return sha256OfJson(requirements === undefined ? recipe : { ...recipe, requirements });
}
