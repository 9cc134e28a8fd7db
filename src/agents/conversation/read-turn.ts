import type { Waiting } from './state.js';
import { answerTo } from './read-answer.js';
import { topicOf, type Topic } from './topics.js';

/** What a person means by one turn, as the rules understand it. */
export type Meaning =
  | { readonly is: 'yes' | 'no' | 'resume' | 'cancel' | 'undo' | 'repair' }
  /** The answer to an open question: its id and the value. */
  | { readonly is: 'answer'; readonly id: string; readonly value: string }
  | { readonly is: 'asks'; readonly topic: Topic }
  | { readonly is: 'remember' | 'forget'; readonly text: string }
  | { readonly is: 'wish'; readonly text: string };

const YES =
  /^(?:(?:y|yes|yep|yeah|ja|ok|okay|sure|fine|good|great|perfect|please|approved?|go|go ahead|go on|start|start it|run|run it|run this|do it|do that|let'?s go|sounds good|looks good|that'?s (?:fine|good|right)|correct)[\s,.!]*)+(?:please|then|thanks|thank you|now)?[\s.!]*$/i;
const NO =
  /^(?:n|no|nope|nein|nah|don'?t|do not|not now|never ?mind|forget it|no thanks?|reject|decline)[\s.!]*$/i;
const RESUME =
  /^(?:please\s+)?(?:resume|continue|carry on|pick up)(?:\s+(?:the|that|this|my|last|run|it|where.*))*[\s.!]*$/i;
const CANCEL =
  /^(?:please\s+)?(?:stop|cancel|abort|halt|kill)(?:\s+(?:the|that|this|it|run|job|jobs|everything|now))*[\s.!]*$/i;
const UNDO = /^(?:undo|take (?:that|it) back)(?:\s+(?:that|it|the last (?:turn|thing)))?[\s.!]*$/i;
const REPAIR =
  /^(?:please\s+|can you\s+|could you\s+)*(?:repair|fix|mend)(?:\s+(?:it|that|this|the|last|failed|what|run|job|jobs|failure|failures|error|errors|problem|problems|please))*[\s.!?]*$/i;
const REMEMBER =
  /^(?:please\s+)?(?:remember|keep in mind|note|memorize|memorise)\b[\s:,]*(?:that\s+)?(.+)$/is;
const FORGET = /^(?:please\s+)?forget\b[\s:,]*(?:that\s+|about\s+)?(.+)$/is;

/** Reads a turn. What the conversation waits for comes first: `yes` means nothing without it. */
export function readTurn(text: string, waiting: Waiting | undefined, running: boolean): Meaning {
  const said = text.trim();
  if (UNDO.test(said)) return { is: 'undo' };
  if (CANCEL.test(said)) return { is: running ? 'cancel' : 'no' };
  if (RESUME.test(said)) return { is: 'resume' };
  if (REPAIR.test(said)) return { is: 'repair' };
  if (waiting?.for === 'answer') {
    const answer = answerTo(said, waiting.questions);
    if (answer !== undefined) return { is: 'answer', ...answer };
  }
  if (YES.test(said)) return { is: 'yes' };
  if (NO.test(said)) return { is: 'no' };
  const remember = REMEMBER.exec(said)?.[1];
  if (remember !== undefined) return { is: 'remember', text: remember.trim() };
  const forget = FORGET.exec(said)?.[1];
  if (forget !== undefined) return { is: 'forget', text: forget.trim() };
  const topic = topicOf(said);
  return topic === undefined ? { is: 'wish', text: said } : { is: 'asks', topic };
}
