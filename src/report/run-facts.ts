import { html, type Html } from './page/html.js';
import type { RunReport } from './run-report.js';
import { timeText } from './sections/words.js';

/** The head of a page: which run it is of, when and with what it ran. */
export function facts(report: RunReport, more: readonly (readonly [string, string])[]): Html {
  const rows: readonly (readonly [string, string])[] = [
    ...more,
    ['Run', report.run],
    ['Started', timeText(report.started)],
    ...(report.ended === '' ? [] : [['Ended', timeText(report.ended)] as const]),
    ['NeuroClaw', report.version],
  ];
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** The foot of a page: what shows later whether the record of the run is still whole. */
export function footOf({ run, head }: RunReport): Html {
  return html`<p>
    Arranged from the committed results and the trace of run ${run}. The trace ends with event ${head.seq},
    hash <code>${head.hash}</code>; <code>neuroclaw trace verify</code> compares the two.
  </p>`;
}
