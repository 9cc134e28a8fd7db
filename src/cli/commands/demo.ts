import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makePlan } from '../../app/make-plan.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Plan } from '../../planning/plan.js';
import { writeSyntheticDataset, writeSyntheticDicoms } from '../../synthetic/dataset.js';
import type { CommandContext } from '../context.js';
import { execute } from '../execute.js';
import { duration } from '../render.js';
import { showPlan } from '../show-plan.js';

/** Seed of the demo: the same bytes on every machine. */
const SEED = 7;

/** Writes data with a known truth, plans, runs, and runs again: everything real, nothing repeated. */
export async function run(context: CommandContext, [folder = 'neuroclaw-demo']: string[]): Promise<number> {
  const { io, cwd, app } = context;
  const root = resolve(cwd, folder);
  if (
    existsSync(root) &&
    (await readdir(root)).length > 0 &&
    !existsSync(join(root, 'study', '.neuroclaw'))
  ) {
    throw new NeuroClawError('input.invalid', `${root} is not empty and not an earlier demo`, {
      place: { file: root },
      hint: 'name another folder: neuroclaw demo FOLDER',
    });
  }
  const started = Date.now();
  const [bids, dicom, out] = [join(root, 'bids'), join(root, 'dicom'), join(root, 'study')];
  io.line(`writing a small dataset with a known truth into ${root}`);
  await writeSyntheticDataset(bids, { seed: SEED, participants: 2 });
  await writeSyntheticDicoms(dicom, { seed: SEED });

  const wishes = [
    { wish: 'convert these DICOMs to BIDS and check them', data: dicom, out: join(out, 'converted') },
    {
      wish: 'check the quality of the T1w images and clean the BOLD runs',
      data: bids,
      out: join(out, 'cleaned'),
    },
  ];
  for (const { wish, data, out: target } of wishes) {
    io.line(`\n${io.style('bold', `"${wish}"`)}`);
    const plan = await makePlan({ wish, data, out: target, signal: context.signal }, app);
    await showPlan(plan, context);
    const exit = await runTwice(plan, context);
    if (exit !== 0) return exit;
  }
  io.line(
    `\n${io.style('green', 'the demo is done')} in ${duration((Date.now() - started) / 1000)}. Now try:`,
  );
  const cleaned = JSON.stringify(join(out, 'cleaned'));
  io.line(`  neuroclaw bids summary ${JSON.stringify(bids)}`);
  io.line(`  neuroclaw trace show --out ${cleaned}`);
  io.line(`  neuroclaw trace verify --out ${cleaned}`);
  io.line(`  neuroclaw explain --out ${cleaned} --set smoothing_fwhm_mm=8`);
  return 0;
}

async function runTwice(plan: Plan, context: CommandContext): Promise<number> {
  const first = await execute(context, plan, { yes: true });
  if (first !== 0) return first;
  context.io.line('\nonce more, to see that nothing is repeated:');
  context.app.datasets.forget();
  return execute(context, plan, { yes: true });
}
