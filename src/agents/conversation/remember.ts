import { factOf, forget, remember } from '../memory.js';
import { note, type Answer, type Reply } from '../reply.js';

/** Keeps what the person asked to remember, and says how it will be used. */
export async function rememberFact(file: string, text: string): Promise<Reply> {
  const fact = factOf(text);
  const { facts, exclude, prefer } = await remember(file, fact);
  const used = fact.startsWith('exclude ')
    ? ': plans leave that participant out'
    : fact.startsWith('prefer ')
      ? ': plans use it where you say nothing else'
      : '';
  const answer: Answer = {
    kind: 'answer',
    about: 'memory',
    text: `remembered: ${fact}${used}\n  kept in ${file}, which you can edit`,
    facts: { facts: [...facts], exclude: exclude.map((each) => ({ ...each })), prefer },
    sources: [{ kind: 'memory', name: file }],
  };
  return answer;
}

export async function forgetFact(file: string, text: string): Promise<Reply> {
  const dropped = await forget(file, text);
  return note(dropped.length === 0 ? `nothing of that is remembered` : `forgotten: ${dropped.join('; ')}`);
}
