import type { Descriptor } from './schema.js';

/** Ids of list inputs whose flag is repeated before every value. */
export function repeatedFlags(descriptor: Descriptor): readonly string[] {
  return descriptor.custom?.neuroclaw?.['repeat-flag'] ?? [];
}
