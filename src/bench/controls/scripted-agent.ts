import type { ScriptedControl } from '../task/controls.js';
import { noModel, type AgentUnderTest } from '../trial/agent.js';
import { playScript } from './play-script.js';

/** A script as an agent: oracle, alternative, mutant or adversary of a task. */
export function scriptedAgent(control: ScriptedControl): AgentUnderTest {
  return {
    provider: 'control',
    model: null,
    arm: 'control',
    control: { kind: control.kind, name: control.name },
    async play({ task, sandbox, steps }) {
      await playScript(control, task, sandbox, steps);
      return { status: 'ended', model: null, usage: noModel };
    },
  };
}
