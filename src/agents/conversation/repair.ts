import { note } from '../reply.js';
import type { Context, Given } from './context.js';
import { draftOf, heldToMemory, settle } from './plan-draft.js';
import type { Draft } from './record.js';

/**
 * Proposes a plan with what failed mended: of the run of the draft, else of the last one here, else of the folder. It
 * tells what failed, then gives a plan that waits for a yes, a question, or nothing where no plan mends it. Nothing runs.
 */
export async function* repairTurn(
  draft: Draft | undefined,
  { work, state, memory, minds }: Context,
  signal: AbortSignal | undefined,
): AsyncGenerator<Given> {
  const { data, out, run: last } = state();
  if (out === undefined) return yield { reply: note('there is no output folder, and nothing to repair') };
  const { offerRepair, repairAnswer } = await import('../answers/repair.js');
  const wish = { out, run: draft?.repair ?? last?.id, said: draft?.amendments ?? [], signal };
  work.forget();
  const offer = await offerRepair(wish, work, await minds());
  yield { reply: repairAnswer(offer) };
  for (const notice of offer.notices) yield { reply: note(notice) };
  const { plan, by, questions, run } = offer;
  const next: Draft = { ...(draft ?? draftOf('')), repair: run };
  if (questions !== undefined) return yield { reply: { kind: 'question', questions }, draft: next };
  if (plan === undefined) return;
  if (by === 'table') return yield { reply: await settle(plan, [], work), clears: true };
  const words = [plan.request, ...next.amendments];
  const held = data === undefined ? plan : await heldToMemory(plan, memory().exclude, words, data, work);
  yield { reply: await settle(held, [], work), draft: next, clears: true };
}
