import { resolve } from 'node:path';
import { refuseOutputInData } from '../../engine/output-folder.js';
import { note } from '../reply.js';
import type { Context, Given } from './context.js';
import { draftOf, planDraft } from './plan-draft.js';
import type { Draft } from './record.js';
import { repairTurn } from './repair.js';
import type { ChatState } from './state.js';

/** How words begin that change a plan. */
const CHANGES =
  /^(?:but|and|also|no[, ]|not|without|only|just|except|instead|make it|use|set|change|with|add|skip|leave|actually|rather|please (?:use|set|change|leave))\b/i;

/** Whether words change the plan at hand rather than wish for another. */
export function changesPlan(text: string, { waiting }: ChatState): boolean {
  if (waiting === undefined || waiting.for === 'start' || waiting.draft === undefined) return false;
  return CHANGES.test(text);
}

/** A wish, or words that change the plan at hand: a plan that waits, a question, or the reasons why neither is possible. */
export async function* wishTurn(
  text: string,
  context: Context,
  signal: AbortSignal | undefined,
): AsyncGenerator<Given> {
  const state = context.state();
  const { waiting } = state;
  const open = waiting?.for === 'approval' || waiting?.for === 'answer' ? waiting.draft : undefined;
  if (open === undefined || !changesPlan(text, state))
    return yield* planTurn(draftOf(text), context, signal, true);
  yield* planTurn({ ...open, amendments: [...open.amendments, text] }, context, signal, false);
}

/** The answer to the question that waits: it completes the draft, which is planned anew. */
export async function* answerTurn(
  { id, value }: { readonly id: string; readonly value: string },
  turn: number,
  context: Context,
  signal: AbortSignal | undefined,
): AsyncGenerator<Given> {
  const { waiting } = context.state();
  if (waiting?.for !== 'answer') return;
  if (id === 'data' || id === 'out') {
    const named = id === 'data' ? { data: resolve(value) } : { out: resolve(value) };
    checkFolders(named, context.state());
    context.append(turn, { type: 'folders', ...named });
    return yield* planTurn(waiting.draft, context, signal, false);
  }
  yield* planTurn(completed(waiting.draft, id, value), context, signal, false);
}

function completed(draft: Draft, id: string, value: string): Draft {
  const [kind, name = ''] = id.split(/[.-](.*)/s);
  switch (kind) {
    case 'input':
      return { ...draft, inputs: { ...draft.inputs, [name]: resolve(value) } };
    case 'param':
      return { ...draft, settings: { ...draft.settings, [name]: value } };
    case 'series':
      return { ...draft, series: { ...draft.series, [name]: value } };
    default:
      return { ...draft, amendments: [...draft.amendments, value] };
  }
}

/** Plans a draft; `fresh`: it is a wish of its own, and what waited before is given up where it cannot be met. */
export async function* planTurn(
  draft: Draft,
  context: Context,
  signal: AbortSignal | undefined,
  fresh: boolean,
): AsyncGenerator<Given> {
  if (draft.repair !== undefined) return yield* repairTurn(draft, context, signal);
  const { data, out, waiting } = context.state();
  if (data === undefined || out === undefined) {
    const id = data === undefined ? 'data' : 'out';
    const text =
      data === undefined
        ? 'which data? The folder of a BIDS dataset, or of DICOMs'
        : 'where should the results go? A folder outside the data';
    const question = { id, text, choices: [], set: `its path, or --${id} FOLDER` };
    return yield { reply: { kind: 'question', questions: [question] }, draft };
  }
  context.work.forget();
  const { exclude, prefer } = context.memory();
  const { minds } = context;
  const before = fresh || waiting?.for !== 'approval' ? undefined : waiting.plan;
  const notices: string[] = [];
  const tell = (notice: string): void => void notices.push(notice);
  const reply = await planDraft(
    draft,
    { data, out, exclude, prefer, minds, before, signal, tell },
    context.work,
  );
  for (const notice of notices) yield { reply: note(notice) };
  yield reply.kind === 'cannot' ? { reply, ...(fresh ? { clears: true } : {}) } : { reply, draft };
}

/** Throws input.invalid for an output folder inside the data, with what is named over what is known. */
export function checkFolders(
  named: { readonly data?: string; readonly out?: string },
  known: Pick<ChatState, 'data' | 'out'>,
): void {
  const { data = known.data, out = known.out } = named;
  if (data !== undefined && out !== undefined) refuseOutputInData(out, data);
}
