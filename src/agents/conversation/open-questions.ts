import type { Pipeline } from '../../planning/pipeline.js';
import type { Plan, PlanStage } from '../../planning/plan.js';
import type { Question } from '../../planning/question.js';
import type { ProposedStage } from '../reply.js';
import type { Workplace } from '../workplace.js';

/** What a plan cannot be run without and only a person can say: files and parameters that its pipelines ask for. */
export async function openQuestions(
  plan: Plan,
  stages: readonly ProposedStage[],
  work: Workplace,
): Promise<Question[]> {
  const pipelines = await work.pipelines();
  return plan.stages.flatMap((stage) => {
    const pipeline = typeof stage.pipeline === 'string' ? pipelines.get(stage.pipeline) : stage.pipeline;
    const shown = stages.find((each) => each.stage === stage.id);
    return pipeline === undefined || shown === undefined
      ? []
      : [...filesOf(stage, pipeline, shown), ...parametersOf(shown)];
  });
}

/** Files that a stage was found to lack. */
function filesOf(stage: PlanStage, pipeline: Pipeline, { findings }: ProposedStage): Question[] {
  return Object.entries(pipeline.inputs).flatMap(([name, input]) => {
    if (!('given' in input) || stage.inputs[name] !== undefined) return [];
    const lacked = findings.some(
      ({ code, place }) => code === 'plan.cannot' && place?.field === `inputs.${name}`,
    );
    if (!lacked) return [];
    const what = input.description === '' ? `a file of kind ${input.given}` : input.description;
    return [
      {
        id: `input.${name}`,
        text: `which file is the ${name} of ${pipeline.id}? ${what}`,
        choices: [],
        set: `its path, or --input ${name}=FILE`,
      },
    ];
  });
}

/** Parameters that have no default: the finding says what the data offer for them. */
function parametersOf({ findings }: ProposedStage): Question[] {
  return findings.flatMap(({ code, message, place, expected, suggestion }) => {
    const name = /\.params\.([^.]+)$/.exec(place?.field ?? '')?.[1];
    if (code !== 'plan.question' || name === undefined) return [];
    return [
      {
        id: `param.${name}`,
        text: `${message}: ${expected ?? ''}`,
        choices: [],
        set: suggestion ?? `--set "${name}=..."`,
      },
    ];
  });
}
