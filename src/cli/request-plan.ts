import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PlanRequest } from '../app/make-plan.js';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import type { NeuroClaw } from '../app/neuroclaw.js';
import type { LoadedPipelines } from '../planning/load-pipelines.js';
import type { Plan } from '../planning/plan.js';
import type { Skill } from '../skills/skill.js';
import { parsePlan } from '../planning/read-plan.js';
import type { CommandContext } from './context.js';
import { withOptions } from './plan-options.js';

/** A plan from a plan file, or made for a wish in words from the options of the command. */
export async function planFrom(
  wish: string,
  context: CommandContext,
  options: Record<string, unknown>,
): Promise<Plan> {
  const { cwd, app } = context;
  const out = typeof options['out'] === 'string' ? resolve(cwd, options['out']) : undefined;
  const file = resolve(cwd, wish);
  if (/\.json$/.test(wish) || (existsSync(file) && typeof options['data'] !== 'string')) {
    const plan = parsePlan(await readJson(file), file);
    return withOptions(out === undefined ? plan : { ...plan, out }, options, cwd, await loaded(app));
  }
  const { makePlan } = await import('../app/make-plan.js');
  const plan = await makePlan(planRequest(wish, out, context, options), app);
  return withOptions(plan, options, cwd, await loaded(app));
}

function planRequest(
  wish: string,
  out: string | undefined,
  { cwd, signal }: CommandContext,
  options: Record<string, unknown>,
): PlanRequest {
  if (typeof options['data'] !== 'string') {
    throw new NeuroClawError('usage.arguments', 'a wish in words needs data', {
      expected: '--data FOLDER',
      hint: 'pass --data with a BIDS dataset or a folder of DICOMs',
    });
  }
  if (out === undefined) {
    throw new NeuroClawError('usage.arguments', 'a wish in words needs an output folder', {
      expected: '--out FOLDER',
      hint: 'pass --out with a folder for the results',
    });
  }
  return {
    wish,
    data: resolve(cwd, options['data']),
    out,
    ...(Array.isArray(options['participant'])
      ? { participants: options['participant'].map((label) => String(label).replace(/^sub-/, '')) }
      : {}),
    ...(typeof options['session'] === 'string' ? { session: options['session'].replace(/^ses-/, '') } : {}),
    ...(typeof options['map'] === 'string' ? { map: resolve(cwd, options['map']) } : {}),
    signal,
  };
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new NeuroClawError('plan.invalid', `${file} is not JSON: ${(error as Error).message}`, {
      place: { file },
    });
  }
}

/** What the names of options are looked up in. */
export async function loaded(
  app: NeuroClaw,
): Promise<LoadedPipelines & { readonly skills: ReadonlyMap<string, Skill> }> {
  const [pipelines, { skills }] = await Promise.all([app.pipelines(), app.skills()]);
  return { ...pipelines, skills };
}
