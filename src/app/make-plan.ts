import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { conditionsOf, speaksOfContrasts } from './conditions.js';
import type { SeriesMap } from '../planning/dicom/series-map.js';
import type { Plan } from '../planning/plan.js';
import type { PlanRequest } from '../planning/plan-request.js';
import type { PlanningOutcome } from '../planning/rules-planner.js';
import type { NeuroClaw } from './neuroclaw.js';
import { readYaml } from './read-yaml.js';

export type { PlanRequest } from '../planning/plan-request.js';

/**
 * Makes a plan by rules. Throws plan.question with every question, or plan.cannot with every reason: without a person
 * to ask, a question is an end.
 */
export async function makePlan(request: PlanRequest, app: NeuroClaw): Promise<Plan> {
  const outcome = await proposePlan(request, app);
  switch (outcome.kind) {
    case 'plan':
      return outcome.plan;
    case 'question': {
      const findings = outcome.questions.map(({ id, text, choices, set }): Finding => ({
        code: 'plan.question',
        severity: 'error',
        message: text,
        place: { field: id },
        ...(choices.length > 0 ? { expected: choices.join(', ') } : {}),
        suggestion: set,
      }));
      const [first] = outcome.questions;
      throw new NeuroClawError(
        'plan.question',
        outcome.questions.map((question) => question.text).join(' '),
        {
          findings,
          ...(first === undefined
            ? {}
            : { hint: first.set, expected: first.choices.join(', ') || 'an answer' }),
        },
      );
    }
    case 'cannot':
      throw new NeuroClawError('plan.cannot', outcome.reasons.join('; '), {
        place: { file: request.data },
        findings: outcome.findings,
      });
  }
}

/** Looks at the data and plans, or asks, or says why not. */
export async function proposePlan(request: PlanRequest, app: NeuroClaw): Promise<PlanningOutcome> {
  const [{ planByRules }, { pipelines }] = await Promise.all([
    import('../planning/rules-planner.js'),
    app.pipelines(),
  ]);
  const common = { out: request.out, pipelines };
  const options = {
    ...(request.participants === undefined ? {} : { participants: request.participants }),
    ...(request.session === undefined ? {} : { session: request.session }),
    ...(await mapOf(request)),
    ...(request.amendments === undefined ? {} : { amendments: request.amendments }),
    ...(request.exclude === undefined ? {} : { exclude: request.exclude }),
    ...(request.prefer === undefined ? {} : { prefer: request.prefer }),
  };
  if (await isBids(request.data)) {
    const dataset = await app.datasets.bids(request.data);
    const { summarizeDataset } = await import('../bids/summary.js');
    const words = [request.wish, ...(request.amendments ?? [])].join(' ');
    const conditions = speaksOfContrasts(words) ? await conditionsOf(dataset) : undefined;
    return planByRules(request.wish, {
      ...common,
      options: conditions === undefined ? options : { ...options, conditions },
      bids: { dataset, summary: await summarizeDataset(dataset) },
    });
  }
  return planByRules(request.wish, { ...common, options, dicom: await app.datasets.dicom(request.data) });
}

export async function isBids(folder: string): Promise<boolean> {
  try {
    await access(join(folder, 'dataset_description.json'));
    return true;
  } catch {
    return false;
  }
}

/** Series that a file names, and those of answers, which come first. */
async function mapOf({ map, series }: PlanRequest): Promise<{ map?: SeriesMap }> {
  if (map === undefined && series === undefined) return {};
  return { map: new Map([...(series ?? []), ...(map === undefined ? [] : await readMap(map))]) };
}

async function readMap(file: string): Promise<SeriesMap> {
  const { parseSeriesMap } = await import('../planning/dicom/series-map.js');
  return parseSeriesMap(await readYaml(file), file);
}
