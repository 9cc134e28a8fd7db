import { errorFinding, type Finding } from '../kernel/findings.js';
import type { SkillRegistry } from '../skills/registry.js';
import type { Pipeline } from './pipeline.js';
import { checkInputs, checkParameters, checkPresets } from './pipeline-checks/parameters.js';
import { checkPublish } from './pipeline-checks/publish.js';
import { checkFan, checkRoles } from './pipeline-checks/roles.js';
import { checkMethods, checkShown } from './pipeline-checks/shown.js';
import { contractOf, type EarlierStep, type Say } from './pipeline-checks/step-contract.js';
import { checkCondition, checkStepParams } from './pipeline-checks/step-params.js';
import { fanOutOf } from './references.js';

/**
 * What a pipeline promises and its skills do not hold: unknown skills, roles, parameters and outputs, bindings that
 * lead nowhere, kinds that do not fit, names that BIDS does not know. `file` is where it was read.
 */
export function checkPipeline(pipeline: Pipeline, skills: SkillRegistry, file?: string): Finding[] {
  const findings: Finding[] = [];
  const say: Say = (field, message, expected) => {
    const place = { file: file ?? `${pipeline.id}.yaml`, field };
    findings.push(errorFinding('pipeline.invalid', message, place, expected));
  };
  checkInputs(pipeline, say);
  checkParameters(pipeline, say);
  const fans = fanOutOf(pipeline);
  const earlier = new Map<string, EarlierStep>();
  for (const [index, step] of pipeline.steps.entries()) {
    const at = `steps[${index}]`;
    const inStep: Say = (field, message, expected) =>
      say(`${at}.${field}`, `${step.id}: ${message}`, expected);
    if (earlier.has(step.id)) inStep('id', `two steps are called ${step.id}`);
    const contract = contractOf(step, skills, inStep);
    checkFan(pipeline, step, fans, inStep);
    checkRoles(pipeline, step, contract, earlier, inStep);
    checkStepParams(pipeline, step, contract, inStep);
    checkCondition(pipeline, step, inStep);
    checkPublish(pipeline, step, contract, fans.get(step.id) !== undefined, inStep);
    earlier.set(step.id, { step, contract });
  }
  checkPresets(pipeline, say);
  checkShown(pipeline, earlier, say);
  checkMethods(pipeline, say);
  return findings;
}
