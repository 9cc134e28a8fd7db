/** The environment of this process. Nothing else in the product reads it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
