import type { JsonValue } from '../../kernel/json.js';
import { parseCondition } from './condition.js';
import { conditionNames } from './output-paths.js';
import type { Descriptor } from './schema.js';

type Section = NonNullable<NonNullable<NonNullable<Descriptor['custom']>['neuroclaw']>['sections']>[number];

/** Words of a command line that stand there only under a condition, such as the stages of a registration. */
export function sectionsOf(descriptor: Descriptor): readonly Section[] {
  return descriptor.custom?.neuroclaw?.sections ?? [];
}

/** The command line of a call: each section whose condition holds for the values written out, the others left out. */
export function commandLineFor(descriptor: Descriptor, values: Readonly<Record<string, JsonValue>>): string {
  const names = conditionNames(descriptor);
  return replaceSections(descriptor, (section) => parseCondition(section.when, names)(values));
}

/** The command line with every section written out: what may stand in it. */
export function wholeCommandLine(descriptor: Descriptor): string {
  return replaceSections(descriptor, () => true);
}

function replaceSections(descriptor: Descriptor, holds: (section: Section) => boolean): string {
  return sectionsOf(descriptor).reduce(
    (line, section) => line.replaceAll(section.key, () => (holds(section) ? section.words : '')),
    descriptor['command-line'],
  );
}
