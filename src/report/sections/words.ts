import type { ReportedEnd, ReportedJob } from '../reported-job.js';
import { html, type Html } from '../page/html.js';
import type { RunReport } from '../run-report.js';

export type Tone = 'good' | 'warn' | 'bad' | '';

const TONES: Readonly<Record<ReportedEnd | RunReport['state'], Tone>> = {
  committed: 'good',
  reused: 'good',
  finished: 'good',
  rejected: 'bad',
  failed: 'bad',
  cancelled: 'warn',
  skipped: 'warn',
  interrupted: 'warn',
  'not run': '',
  running: '',
};

export function toneOf(state: ReportedEnd | RunReport['state']): Tone {
  return TONES[state];
}

export function stateMark(state: ReportedEnd | RunReport['state']): Html {
  return html`<span class="state ${toneOf(state)}">${state}</span>`;
}

/** `sub-01 task-rest run-1`, or what stands for none. */
export function entitiesText(entities: Readonly<Record<string, string>>, none = 'the whole dataset'): string {
  return (
    Object.entries(entities)
      .map(([key, value]) => `${key}-${value}`)
      .join(' ') || none
  );
}

/** `12 committed, 1 failed`: states in the order in which they matter. */
export function countsText(jobs: readonly Pick<ReportedJob, 'end'>[]): string {
  const order = Object.keys(TONES) as ReportedEnd[];
  return order
    .flatMap((end) => {
      const count = jobs.filter((job) => job.end === end).length;
      return count === 0 ? [] : [`${count} ${end}`];
    })
    .join(', ');
}

/** The tone of the worst among them. */
export function worstTone(jobs: readonly Pick<ReportedJob, 'end'>[]): Tone {
  const tones = new Set(jobs.map(({ end }) => toneOf(end)));
  return (['bad', 'warn', '', 'good'] as const).find((tone) => tones.has(tone)) ?? '';
}

/** `2026-11-25 07:07:02 UTC`. */
export function timeText(iso: string): string {
  return iso === '' ? 'unknown' : `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Five significant digits, enough to tell two participants apart. */
export function numberText(value: number | string | boolean | null | undefined): string {
  if (value === null || value === undefined) return 'n/a';
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}
