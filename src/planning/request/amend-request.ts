import type { Choice } from './choose-pipelines.js';
import type { Selection } from './read-labels.js';
import type { ReadRequest } from './read-request.js';

/** A request and what was said after it: the later word counts, about what it speaks of. */
export function amendRequest(before: ReadRequest, later: ReadRequest): ReadRequest {
  const said = new Set([...later.parameters.map(({ name }) => name), ...later.settings.keys()]);
  return {
    participants: amendSelection(before.participants, later.participants),
    sessions: amendSelection(before.sessions, later.sessions),
    tasks: amendSelection(before.tasks, later.tasks),
    runs: amendSelection(before.runs, later.runs),
    resting: before.resting || later.resting,
    parameters: [...before.parameters.filter(({ name }) => !said.has(name)), ...later.parameters],
    settings: new Map([...[...before.settings].filter(([name]) => !said.has(name)), ...later.settings]),
    switches: new Map([...before.switches, ...later.switches]),
    preset: later.preset ?? before.preset,
    problems: [...before.problems, ...later.problems],
    questions: [...before.questions.filter(({ id }) => !said.has(id)), ...later.questions],
    choice: amendChoice(before.choice, later.choice),
    corrections: [...before.corrections, ...later.corrections],
  };
}

/** `without 03` after `only 01 to 05` leaves four; `only 02` after anything leaves one. */
function amendSelection(before: Selection | undefined, later: Selection | undefined): Selection | undefined {
  if (later === undefined || before === undefined) return later ?? before;
  if (!later.negated) return later;
  const labels = before.negated
    ? [...new Set([...before.labels, ...later.labels])]
    : before.labels.filter((label) => !later.labels.includes(label));
  return { ...before, labels, unknown: later.unknown };
}

/** A pipeline that is chosen later settles what was open before it; one that is declined later goes. */
function amendChoice(before: Choice, later: Choice): Choice {
  const settles = later.chosen.length > 0;
  const declined = new Set(later.declined.map(({ pipeline }) => pipeline.id));
  const known = new Set(later.chosen.map(({ pipeline }) => pipeline.id));
  return {
    chosen: [
      ...before.chosen.filter(({ pipeline }) => !declined.has(pipeline.id) && !known.has(pipeline.id)),
      ...later.chosen,
    ],
    ties: settles
      ? before.ties.filter(({ pipelines }) => !pipelines.some(({ id }) => known.has(id)))
      : before.ties,
    missing: [...new Set([...before.missing, ...later.missing])],
    declined: [...before.declined, ...later.declined],
    types: new Set([...before.types, ...later.types]),
    unknown: settles ? later.unknown : [...new Set([...before.unknown, ...later.unknown])],
  };
}
