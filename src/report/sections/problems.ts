import type { JsonObject } from '../../kernel/json.js';
import { objectOf, textOf } from '../../trace/body-fields.js';
import type { ReportedJob } from '../reported-job.js';
import type { Notice } from '../notices.js';
import { html, type Html } from '../page/html.js';
import type { RunReport } from '../run-report.js';
import { markedNumbers } from './quality.js';
import { entitiesText, stateMark } from './words.js';

const TONE = { error: 'bad', warning: 'warn', info: '' } as const;
/** So many failures are told in full; of more a line each, which leads to the page of the participant. */
const SHOWN = 20;
/** Characters of a message in such a line. */
const LINE = 300;

/** What went wrong, first: how the run ended, failed and rejected jobs with their checks, degraded and left out ones. */
export function problemsOf(
  report: RunReport,
  jobs: readonly ReportedJob[],
  notices: readonly Notice[],
  participant?: string,
): Html {
  const { error, plain } = report;
  const failed = jobs.filter(({ end }) => end === 'failed' || end === 'rejected');
  const degraded = jobs.filter((job) => job.degraded.length > 0);
  const notDone = jobs.filter(({ end }) => ['skipped', 'cancelled', 'interrupted', 'not run'].includes(end));
  const told = notices.filter(({ level }) => level !== 'info');
  const numbers = markedNumbers(report.quality, participant);
  if (error === undefined && failed.length + degraded.length + notDone.length + told.length === 0)
    return html`<p class="notice good">Nothing failed, and nothing was substituted, degraded or left out.</p>
      ${numbers}`;
  // Where a job is the reason, it says so itself below.
  const ofJob = failed.some(({ message }) => message === error?.message);
  return html` ${
    error !== undefined &&
    html`<p class="notice bad">
      <strong>The run ended with an error.</strong>
      ${ofJob ? '' : html`${plain(error.message)} <span class="soft">[${error.code}]</span>`}
      ${error.hint !== '' && html`<br />What to do: ${plain(error.hint)}`}
    </p>`
  }
  ${failed.slice(0, SHOWN).map((job) => failure(job, plain))}
  ${failed.length > SHOWN && jobLines(failed.slice(SHOWN), 'more', report)}
  ${told.map(({ level, text }) => html`<p class="notice ${TONE[level]}">${plain(text)}</p>`)}
  ${degraded.slice(0, SHOWN).map((job) => html`<p class="notice warn"><strong>Degraded:</strong> ${job.degraded.join(', ')} in ${job.step}, ${entitiesText(job.entities)}</p>`)}
  ${degraded.length > SHOWN && jobLines(degraded.slice(SHOWN), 'more degraded', report)} ${numbers}
  ${
    notDone.length > 0 &&
    html`<h3>Not done</h3>
      ${jobLines(notDone, 'not done', report)}`
  }`;
}

/** What the compiler left out or took note of, and why. */
export function notesOf({ plain }: RunReport, notices: readonly Notice[]): Html | undefined {
  const notes = notices.filter(({ level }) => level === 'info');
  if (notes.length === 0) return undefined;
  return html`<ul>
    ${notes.map(({ text }) => html`<li>${plain(text)}</li>`)}
  </ul>`;
}

function failure(job: ReportedJob, plain: RunReport['plain']): Html {
  const said = job.said?.trim() ?? '';
  return html`<div class="notice bad">
    <strong>${job.step}</strong>, ${entitiesText(job.entities)} ${stateMark(job.end)}
    <p>
      ${plain(job.message ?? '')}
      ${job.code !== undefined && job.code !== '' && html`<span class="soft">[${job.code}]</span>`}
    </p>
    ${
      job.findings.length > 0 &&
      html`<ul>
        ${job.findings.map((finding) => findingLine(finding, plain))}
      </ul>`
    }
    ${
      said !== '' &&
      html`<details>
        <summary>What the tool said last</summary>
        <div><pre>${plain(said)}</pre></div>
      </details>`
    }
  </div>`;
}

function findingLine(finding: JsonObject, plain: RunReport['plain']): Html {
  const file = textOf(objectOf(finding, 'place'), 'file');
  const [expected, todo] = [textOf(finding, 'expected'), textOf(finding, 'suggestion')];
  return html`<li>
    <code>${textOf(finding, 'code')}</code>
    ${plain(textOf(finding, 'message'))}${file !== '' && html` (${plain(file)})`}${expected !== '' && html`; expected: ${plain(expected)}`}${todo !== '' && html`; what to do: ${plain(todo)}`}
  </li>`;
}

/** A line for each job; many are folded away under their number. */
function jobLines(jobs: readonly ReportedJob[], which: string, { plain }: RunReport): Html {
  const rows = jobs.map((job) => {
    const why = job.degraded.length > 0 ? job.degraded.join(', ') : plain(job.message ?? '');
    return html`<tr>
      <td>${job.step}</td>
      <td>${entitiesText(job.entities)}</td>
      <td>${stateMark(job.end)}</td>
      <td>${why.length > LINE ? `${why.slice(0, LINE)}…` : why}</td>
    </tr>`;
  });
  const table = html`<div class="scroll">
    <table class="sortable">
      <thead>
        <tr>
          <th scope="col">step</th>
          <th scope="col">of</th>
          <th scope="col">state</th>
          <th scope="col">why</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
  if (jobs.length <= SHOWN) return table;
  return html`<details data-prints>
    <summary>${jobs.length} ${which}</summary>
    ${table}
  </details>`;
}
