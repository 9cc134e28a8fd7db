import { note, type Reply } from '../reply.js';
import type { Memory } from '../memory.js';
import type { DataView, Workplace } from '../workplace.js';
import type { ChatState } from './state.js';
import type { Topic } from './topics.js';

/** Answers a question about the state of things, from index, traces, keys and results: never from memory of the talk. */
export async function answerTopic(
  topic: Topic,
  state: ChatState,
  memory: Memory,
  work: Workplace,
): Promise<Reply> {
  switch (topic.name) {
    case 'dataset':
    case 'odd': {
      const { describeData, oddities } = await import('../answers/dataset.js');
      const view = await viewOf(state, work);
      if (view === undefined) return noData;
      return topic.name === 'dataset' ? describeData(view, topic.text) : oddities(view);
    }
    case 'abilities': {
      const { abilities } = await import('../answers/abilities.js');
      return abilities(await viewOf(state, work), work);
    }
    case 'memory':
      return {
        kind: 'answer',
        about: 'memory',
        text:
          memory.facts.length === 0
            ? `nothing is remembered yet: say "remember: exclude sub-07, moved"`
            : [...memory.facts, `  kept in ${memory.file}, which you can edit`].join('\n'),
        facts: { facts: [...memory.facts] },
        sources: [{ kind: 'memory', name: memory.file }],
      };
    default:
      break;
  }
  if (state.out === undefined)
    return note('there is no output folder yet, so nothing has run: name one with /out or --out');
  switch (topic.name) {
    case 'methods': {
      const { methodsReply } = await import('../answers/results.js');
      return methodsReply(state.out);
    }
    case 'results': {
      const { resultsOf } = await import('../answers/results.js');
      return resultsOf(state.out);
    }
    case 'difference': {
      const { differenceAnswer } = await import('../answers/difference.js');
      return differenceAnswer(state.out, topic.text);
    }
    case 'excluded': {
      const { excludedAnswer } = await import('../answers/excluded.js');
      return excludedAnswer(state.out, topic.text, memory, await viewOf(state, work));
    }
    case 'what-if': {
      const { whatIfAnswer } = await import('../answers/what-if.js');
      const { waiting } = state;
      const open = waiting === undefined || waiting.for === 'answer' ? undefined : waiting.plan;
      return whatIfAnswer(state.out, topic.text, open, work);
    }
    case 'history': {
      const { historyAnswer } = await import('../answers/history.js');
      const { waiting } = state;
      return historyAnswer(state.out, waiting?.for === 'approval' ? waiting.plan : undefined);
    }
    default: {
      const { statusAnswer } = await import('../answers/status.js');
      return statusAnswer(state.out);
    }
  }
}

const noData = note('no data yet: name a BIDS dataset or a folder of DICOMs with /data or --data');

async function viewOf({ data }: ChatState, work: Workplace): Promise<DataView | undefined> {
  return data === undefined ? undefined : work.look(data);
}
