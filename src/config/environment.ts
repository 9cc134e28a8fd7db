/** The environment of this process. Nothing else in the product reads it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/**
 * Removes what would make LangChain send prompts elsewhere: LANGSMITH_TRACING, LANGCHAIN_TRACING_V2,
 * LANGSMITH_GATEWAY and their kin in the person's shell. Called before LangChain is loaded.
 */
export function dropTracing(): void {
  for (const name of Object.keys(process.env))
    if (/^(LANGSMITH|LANGCHAIN)_/.test(name)) Reflect.deleteProperty(process.env, name);
}
