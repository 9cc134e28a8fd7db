import { readFileSync, writeFileSync } from 'node:fs';
import { isJsonObject, type JsonObject } from '../../../../kernel/json.js';
import { ToolUsageError, type EmbeddedTool } from '../tool.js';
import { readFlags } from './flags.js';

/**
 * `neuroclaw-bids-sidecar --sidecar FILE --set JSON --out FILE`: sets keys of a JSON sidecar and removes those whose
 * value is null. The others stay as they are, in their order; new keys come last.
 */
export const run: EmbeddedTool = async (argv, io) => {
  const flags = readFlags(argv.slice(1), { '--sidecar': 'value', '--set': 'value', '--out': 'value' });
  const changes = parseObject(flags.required('--set'), '--set');
  const path = flags.required('--sidecar');
  const sidecar = parseObject(readFileSync(io.readPath(path), 'utf8'), path);
  const edited = Object.entries({ ...sidecar, ...changes }).filter(
    ([key]) => !(Object.hasOwn(changes, key) && changes[key] === null),
  );
  writeFileSync(
    io.writePath(flags.required('--out')),
    `${JSON.stringify(Object.fromEntries(edited), undefined, 2)}\n`,
  );
  return 0;
};

function parseObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new ToolUsageError(`${what} is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (!isJsonObject(value)) throw new ToolUsageError(`${what} is not a JSON object`);
  return value;
}
