import { commandLine, duration, short } from '../../trace/body-fields.js';
import type { ReportedJob } from '../reported-job.js';
import { html, type Html } from '../page/html.js';
import { entitiesText, plural, stateMark } from './words.js';

/** Every command as the tool was given it, quoted for a POSIX shell, with where it ran. */
export function commandsOf(jobs: readonly ReportedJob[], plain: (text: string) => string): Html {
  return html`${jobs.map((job) => commandOf(job, plain))}`;
}

function commandOf(job: ReportedJob, plain: (text: string) => string): Html {
  const { argv = [], environment } = job;
  const facts = [
    job.skill,
    ...(job.seconds === undefined ? [] : [duration(job.seconds)]),
    ...(job.memoryMb === undefined ? [] : [`${Math.round(job.memoryMb)} MB of memory`]),
    ...(job.checks === undefined ? [] : [`${plural(job.checks, 'check')} made`]),
    ...(environment === undefined
      ? []
      : [`in ${environment.name} (${environment.runtime}, ${short(environment.digest)})`]),
  ];
  return html`<details>
    <summary><strong>${job.step}</strong> ${entitiesText(job.entities, '')} ${stateMark(job.end)}</summary>
    <div>
      <p class="small soft">${facts.join(', ')}</p>
      ${
        argv.length > 0
          ? html`<div class="command">
              <pre><code data-copied>${plain(commandLine(argv))}</code></pre>
              <button type="button" class="plain" data-copies data-scripted hidden>Copy</button>
            </div>`
          : html`<p class="soft">
              ${job.message === undefined || job.message === '' ? 'It was not started.' : plain(job.message)}
            </p>`
      }
      ${job.published.length > 0 && html`<p class="small">Published: ${job.published.map((path) => html`<code>${path}</code> `)}</p>`}
    </div>
  </details> `;
}
