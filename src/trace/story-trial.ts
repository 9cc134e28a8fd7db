import type { EventType } from '../kernel/events.js';
import type { JsonObject } from '../kernel/json.js';
import { numberOf, objectOf, objectsOf, short, textOf, textsOf } from './body-fields.js';
import type { Tell } from './story-line.js';

/** What happened in a trial of the benchmark, in words. */
export const trialChapters: Partial<Record<EventType, (body: JsonObject, tell: Tell) => void>> = {
  'trial.started': (body, tell) => {
    const agent = objectOf(body, 'agent');
    tell(
      `Trial of ${textOf(body, 'task')} ${textOf(body, 'version')} by ${textOf(agent, 'provider')} (${textOf(agent, 'arm')})`,
      0,
    );
  },
  'trial.command': (body, tell) => {
    const exit = objectOf(body, 'exit');
    const code = numberOf(exit, 'code');
    const where = textOf(objectOf(body, 'environment'), 'name');
    tell(
      `${textsOf(body, 'argv').join(' ')} (${where}): ${code === undefined ? textOf(exit, 'reason') : `exit ${code}`}`,
      1,
      code === 0 ? 'info' : 'warning',
    );
    for (const file of objectsOf(body, 'files'))
      tell(`left ${textOf(file, 'path')} ${short(textOf(file, 'sha256'))}`, 2);
  },
  'trial.wrote': (body, tell) => tell(`wrote ${textOf(body, 'path')} ${short(textOf(body, 'sha256'))}`),
  'trial.asked': (body, tell) =>
    tell(
      `asked ${textOf(body, 'model')}: ${numberOf(body, 'input') ?? '?'} tokens in, ${numberOf(body, 'output') ?? '?'} out`,
    ),
  'trial.finished': (body, tell) => {
    const total = numberOf(objectOf(body, 'scores'), 'total');
    tell(`${textOf(body, 'status')}${total === undefined ? '' : `, ${total.toFixed(1)} of 100`}`, 0);
  },
};
