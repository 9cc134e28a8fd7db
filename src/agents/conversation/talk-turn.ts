import { NeuroClawError } from '../../kernel/errors.js';
import type { Minds } from '../minds.js';
import { note } from '../reply.js';
import { answerTopic } from './answer-topic.js';
import type { Context, Given } from './context.js';
import { draftOf } from './plan-draft.js';
import { repairTurn } from './repair.js';
import { STAGE_WAITS, UNDER_WAY, type RunTurns } from './run-turn.js';
import type { Waiting } from './state.js';
import { talk, type TalkPart } from './talk.js';
import { planTurn } from './wish.js';

/**
 * Lets the assistant's model answer a turn: words, or a plan of the orchestrator that it hands the wish to. Returns false
 * where the model could not, and the rules must. While a stage of a run waits for a yes, no plan may be made.
 */
export async function* talkTurn(
  words: string,
  turn: number,
  minds: Minds,
  context: Context,
  { runs, signal }: { readonly runs: RunTurns; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Given, boolean> {
  const { work, state } = context;
  const { data, turns, waiting } = state();
  const memory = context.memory();
  const parts = talk(words, {
    minds,
    privacy: await minds.privacy(data),
    turns: turns.filter((each) => each.turn !== turn),
    waiting: inWords(waiting),
    about: (topic) => answerTopic(topic, state(), memory, work),
    signal,
  });
  try {
    for await (const part of parts) yield* repliesTo(part, minds, context, runs, signal);
    return true;
  } catch (error) {
    if (!(error instanceof NeuroClawError) || signal?.aborted === true) throw error;
    if (error.errorClass !== 'provider' && error.errorClass !== 'budget') throw error;
    yield { reply: note(`the model could not answer (${error.message}): the rules do`) };
    return false;
  }
}

async function* repliesTo(
  part: TalkPart,
  minds: Minds,
  context: Context,
  runs: RunTurns,
  signal: AbortSignal | undefined,
): AsyncGenerator<Given> {
  switch (part.does) {
    case 'says':
      return yield { reply: { kind: 'piece', text: part.text } };
    case 'waits':
      return yield { reply: note(`${part.reason}; asked again in ${Math.ceil(part.seconds)} s`) };
    case 'forgets':
      return yield { reply: note(`${part.reason}: it is asked again without what was said before`) };
    case 'answers': {
      const facts = { by: minds.model.name, looked: [...part.looked] };
      return yield { reply: { kind: 'answer', about: 'talk', text: part.text, facts, sources: [] } };
    }
    case 'hands-over':
      if (runs.asking) return yield { reply: note(STAGE_WAITS) };
      return yield* planTurn({ ...draftOf(part.wish), agent: part.agent }, context, signal, true);
    case 'repairs': {
      if (runs.active) return yield { reply: note(UNDER_WAY) };
      const amendments = part.wish === '' ? [] : [part.wish];
      return yield* repairTurn({ ...draftOf(''), amendments }, context, signal);
    }
  }
}

function inWords(waiting: Waiting | undefined): string {
  if (waiting === undefined) return 'Nothing waits for the person.';
  return waiting.for === 'answer'
    ? 'A question waits for the person.'
    : 'A plan waits for the yes of the person.';
}
