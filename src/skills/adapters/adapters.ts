import type { Skill } from '../skill.js';
import type { Adapter } from './adapter.js';
import { bidsApp } from './bids-app.js';
import { featDesign } from './feat-design.js';
import { freesurferSubject } from './freesurfer-subject.js';
import { ltaMatrix } from './lta-matrix.js';
import { mcflirtMotion } from './mcflirt-motion.js';

const adapters: ReadonlyMap<string, Adapter> = new Map([
  ['bids-app', bidsApp],
  ['feat-design', featDesign],
  ['freesurfer-subject', freesurferSubject],
  ['lta-matrix', ltaMatrix],
  ['mcflirt-motion', mcflirtMotion],
]);

/** The adapter that a contract names; loading a skill made sure that there is one. */
export function adapterOf(skill: Pick<Skill, 'contract'>): Adapter | undefined {
  return adapters.get(skill.contract.adapter ?? '');
}
