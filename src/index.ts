/**
 * The library: what the command line does, for scripts. Talk with `createAssistant`, or plan and run step by step:
 *
 * ```ts
 * const settings = loadSettings({ env: {} });
 * const app = new NeuroClaw(settings, '1');
 * const plan = await makePlan({ wish: 'clean the BOLD runs', data: '/data/ds', out: '/data/out' }, app);
 * const outcome = await runPlan({ plan, ...who and how }, await app.world());
 * await app.close();
 * ```
 */
export type {
  Answer,
  Asked,
  Cannot,
  MethodsReply,
  Note,
  ProgressReply,
  Proposal,
  ProposedStage,
  Reply,
  Results,
} from './agents/reply.js';
export type { Conversation, ConversationOptions } from './agents/conversation/conversation.js';
export type { ChatState, Turn } from './agents/conversation/state.js';
export type { Memory } from './agents/memory.js';
export { createAssistant, type Assistant, type AssistantOptions, type OpenOptions } from './app/assistant.js';
export { makePlan, proposePlan, type PlanRequest } from './app/make-plan.js';
export { NeuroClaw } from './app/neuroclaw.js';
export { loadSettings, type LoadedSettings, type Settings } from './config/settings.js';
export { explainPlan, type JobExplanation, type StageExplanation } from './engine/explain.js';
export { explainParticipant, type ParticipantStory } from './engine/explain-participant.js';
export { proposeRepairs, type Diagnosis, type RepairProposal } from './engine/propose-repairs.js';
export { whatIf, type WhatIf } from './engine/what-if.js';
export { repairPlan, type PlanChange } from './planning/repair/repair-plan.js';
export type { FailedRun } from './planning/repair/rounds.js';
export { diffRuns, type RunDifference } from './report/diff-runs.js';
export { readRunArtifacts, type RunArtifacts } from './report/run-artifacts.js';
export { runPlan, type RunOutcome } from './engine/run-plan.js';
export type { RunRequest } from './engine/run-request.js';
export { runStatus, type RunStatus } from './engine/status.js';
export { NeuroClawError } from './kernel/errors.js';
export type { TraceEvent } from './kernel/events.js';
export type { Finding, Place, Severity } from './kernel/findings.js';
export type { Plan } from './planning/plan.js';
export { writeReport, type WrittenReport } from './report/write-report.js';
export type { PlanningOutcome } from './planning/rules-planner.js';
