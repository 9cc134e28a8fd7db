import type { BudgetLimits, Spent } from '../../agents/budget.js';
import type { ChatState } from '../../agents/conversation/state.js';
import type { Minds } from '../../agents/minds.js';

/** The first lines of a sitting. */
export function greeting(
  version: string,
  conversation: string,
  { data, out }: ChatState,
  model: string | undefined,
): string {
  const who = model === undefined ? 'no model is configured: it plans by rules' : `${model} answers (/model)`;
  return [
    `neuroclaw ${version}, conversation ${conversation}`,
    data === undefined ? '  no data yet: /data FOLDER' : `  data ${data}`,
    out === undefined ? '  no output folder yet: /out FOLDER' : `  out ${out}`,
    `  ${who}. /help lists what you can do, Ctrl-D leaves`,
  ].join('\n');
}

/** What was left open when a conversation was left, or killed: lines below its last reply. */
export function leftOpen({ waiting, run, out }: ChatState): string[] {
  return [
    ...(waiting?.for === 'start' ? ['you said yes and the run did not begin: say "resume" to start it'] : []),
    ...(run !== undefined && !run.ended && out !== undefined
      ? [`run ${run.id} was interrupted: say "resume" to continue it`]
      : []),
  ];
}

/** Who answers, and what leaves this machine. */
export async function modelLines(minds: Minds | undefined): Promise<string> {
  if (minds === undefined)
    return 'no model: plans are made by rules, and nothing leaves this machine\n  rules know words and data; what can be read in two ways is asked';
  const { participants, dates, text } = (await minds.privacy(undefined)).sharing;
  const kept = [
    ...(participants ? [] : ['labels of participants']),
    ...(dates ? [] : ['dates']),
    ...(text ? [] : ['free text of the data']),
  ];
  const { name, address } = minds.model;
  return [
    `${name} at ${address} answers; agents plan: ${[...minds.orchestrators.keys()].join(', ')}`,
    '  what you say, and what they look up about your data, go there',
    `  ${kept.length === 0 ? 'nothing is kept back' : `kept back: ${kept.join(', ')}`} (setting model_shares)`,
    '  approving, running, stopping and remembering are read from your words alone',
  ].join('\n');
}

/** What a conversation has cost, and what it may cost; a price that nobody said is unknown. */
export function costLine(spent: Spent, limits: BudgetLimits = {}): string {
  const { answers, inputTokens, outputTokens, estimatedTokens, money, currency, seconds } = spent;
  const price =
    answers === 0
      ? '0'
      : money === undefined || currency === undefined
        ? 'unknown (no price file knows the model)'
        : `${money.toFixed(4)} ${currency}`;
  const estimated = estimatedTokens === 0 ? '' : `, ${estimatedTokens} of them estimated`;
  const most = [
    ...(limits.tokens === undefined ? [] : [`${limits.tokens} tokens`]),
    ...(limits.money === undefined ? [] : [`${limits.money}${currency === undefined ? '' : ` ${currency}`}`]),
    ...(limits.seconds === undefined ? [] : [`${limits.seconds} s`]),
  ];
  const limit = most.length === 0 ? '' : `\n  at most ${most.join(', ')} in one conversation`;
  return `${answers} answers, ${inputTokens} tokens in, ${outputTokens} out${estimated}; price ${price}; ${Math.round(seconds)} s${limit}`;
}
