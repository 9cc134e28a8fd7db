/** Stands in a variable of an environment for the home that its image sets. */
const HOME = '{HOME}';

/**
 * Variables of an environment in an image. A job has an empty home of its own, so what an image keeps in its own one (the
 * templates of a BIDS App) is named by `{HOME}/...`; a variable of the image with that name stays as it is.
 *
 * @param image variables that the image sets, `NAME=value`
 */
export function imageVariables(
  env: Readonly<Record<string, string>>,
  image: readonly string[],
): Record<string, string> {
  const set = new Map(
    image.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (!value.includes(HOME)) return [[name, value]];
      return set.has(name) ? [] : [[name, value.replaceAll(HOME, set.get('HOME') ?? '/root')]];
    }),
  );
}
