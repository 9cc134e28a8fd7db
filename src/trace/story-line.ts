import type { Severity } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import { objectOf, textOf } from './body-fields.js';

/** One line of the story of a run, for any reader to lay out. */
export interface StoryLine {
  readonly ts: string;
  /** One line without control characters. */
  readonly text: string;
  readonly level: Severity;
  /** 0: a turn of the run; 1: a job or a remark; 2: a detail of it. */
  readonly depth: 0 | 1 | 2;
}

export type Tell = (text: string, depth?: 0 | 1 | 2, level?: Severity) => void;

/** A finding that travelled through JSON. */
export function tellFinding(finding: JsonObject, tell: Tell, depth: 1 | 2): void {
  const severity = textOf(finding, 'severity');
  const level = severity === 'error' || severity === 'warning' ? severity : 'info';
  const file = textOf(objectOf(finding, 'place'), 'file');
  const expected = textOf(finding, 'expected');
  const place = file === '' ? '' : ` (${file})`;
  tell(
    `${textOf(finding, 'code')}: ${textOf(finding, 'message')}${place}${expected === '' ? '' : `; expected ${expected}`}`,
    depth,
    level,
  );
}
