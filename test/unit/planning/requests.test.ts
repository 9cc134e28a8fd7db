import { describe, expect, it } from 'vitest';
import { topicOf } from '../../../src/agents/conversation/topics.js';
import { conditionsOf } from '../../../src/app/conditions.js';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { summarizeDataset } from '../../../src/bids/summary.js';
import type { PlanStage } from '../../../src/planning/plan.js';
import { planByRules, type PlanningContext } from '../../../src/planning/rules-planner.js';
import { hasTestData, testData } from '../../support/data.js';
import { requests } from './requests.js';
import { datasets, world } from './support.js';

type Data = Pick<PlanningContext, 'bids' | 'dicom' | 'options'>;
const opened = new Map<string, Promise<Data>>();

function open(name: string): Promise<Data> {
  const known = opened.get(name) ?? read(name);
  opened.set(name, known);
  return known;
}

async function read(name: string): Promise<Data> {
  const series = /^dicom\/(.+)$/.exec(name)?.[1];
  if (series !== undefined) return { dicom: await datasets.dicom(testData('dicom', series)) };
  const dataset = await indexDataset(testData('bids-examples', name));
  const conditions = await conditionsOf(dataset);
  return { bids: { dataset, summary: await summarizeDataset(dataset) }, options: { conditions } };
}

/** `functional/clean sub=01,02 task=rest smoothing_fwhm_mm=6 @testing`, `not=` where a few are left out. */
function shown({ pipeline, participants, select, params, preset }: PlanStage, everyone: string[]): string {
  const left = everyone.filter((label) => participants?.includes(label) === false);
  const whom =
    participants === undefined
      ? []
      : left.length > 0 && left.length < participants.length
        ? [`not=${left.join(',')}`]
        : [`sub=${participants.join(',')}`];
  const rest = [...Object.entries(select), ...Object.entries(params)].map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  return [pipeline, ...whom, ...rest, ...(preset === undefined ? [] : [`@${preset}`])].join(' ');
}

/** What comes of a request: `= topic`, `? choices`, `! reasons`, or the stages of the plan. */
async function answer(name: string, words: string): Promise<string> {
  const topic = topicOf(words);
  if (topic !== undefined) return `= ${topic.name}`;
  const data = await open(name);
  const outcome = planByRules(words, { ...data, out: '/o', pipelines: (await world).pipelines });
  if (outcome.kind === 'cannot')
    return `! ${outcome.reasons.map((reason) => reason.replace(/ \(there are: .*\)$/, '')).join('; ')}`;
  if (outcome.kind === 'question')
    return `? ${outcome.questions.map(({ choices }) => choices.join(' ')).join('; ')}`;
  const everyone = data.bids?.dataset.participants.map(({ label }) => label) ?? [];
  return outcome.plan.stages.map((stage) => shown(stage, everyone)).join(' + ');
}

describe.skipIf(!hasTestData)('requests in the words of neuroscientists', () => {
  it('are sixty and more, and fifteen and more of them cannot be done on their data', () => {
    expect(requests.length).toBeGreaterThanOrEqual(60);
    expect(
      requests.filter(([, , expected]) => /^!|^\/\^!/.test(String(expected))).length,
    ).toBeGreaterThanOrEqual(15);
  });

  it.each(requests)('%s: "%s"', async (name, words, expected) => {
    const outcome = await answer(name, words);
    if (typeof expected === 'string') expect(outcome).toBe(expected);
    else expect(outcome).toMatch(expected);
  });
});
