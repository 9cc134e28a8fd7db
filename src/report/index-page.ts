import { duration } from '../trace/body-fields.js';
import { html, type Html } from './page/html.js';
import { pageOf, type Section } from './page/page.js';
import { facts, footOf } from './run-facts.js';
import { byParticipant, type RunReport } from './run-report.js';
import { commandsOf } from './sections/commands.js';
import { environmentsSection } from './sections/environments.js';
import { methodsSection } from './sections/methods.js';
import { figureOf, pictureGroup, picturesByName } from './sections/pictures.js';
import { stageGraph, stageTitle, stepTable } from './sections/plan-graph.js';
import { notesOf, problemsOf } from './sections/problems.js';
import { qualityTable, type PageOf } from './sections/quality.js';
import { countsText, plural, stateMark, worstTone } from './sections/words.js';

/** The page of a whole run: what went wrong first, then everybody's numbers, the plan, and how it was done. */
export async function indexPage(
  report: RunReport,
  pagesOf: (participant: string) => readonly string[],
): Promise<string> {
  const { plan, jobs, stages, notices, plain } = report;
  const pageOfParticipant: PageOf = (participant) => pagesOf(participant)[0];
  const whole = jobs.filter(({ entities }) => entities['sub'] === undefined);
  const pictures = report.pictures.filter(({ entities }) => entities['sub'] === undefined);
  const groups: Html[] = [];
  for (const group of picturesByName(pictures)) {
    const figures: Html[] = [];
    for (const picture of group) figures.push(await figureOf(picture, undefined, group.length > 1));
    groups.push(pictureGroup(group, figures));
  }
  const notes = notesOf(report, notices);
  const sections: (Section | undefined)[] = [
    { id: 'attention', title: 'What needs attention', content: problemsOf(report, jobs, notices) },
    notes && { id: 'notes', title: 'Notes', content: notes },
    report.quality.length > 0
      ? { id: 'quality', title: 'Quality', content: qualitySection(report, pageOfParticipant) }
      : undefined,
    groups.length > 0 ? { id: 'pictures', title: 'Pictures', content: html`${groups}` } : undefined,
    { id: 'participants', title: 'Participants', content: participantsSection(report, pagesOf) },
    {
      id: 'plan',
      title: 'Plan',
      content: html`<p class="soft small">
          Planned by ${plan.origin.planner} ${plan.origin.version}. Its reasons are in the trace.
        </p>
        ${stages.map((stage) => {
          const own = jobs.filter((job) => job.stage === stage.stage);
          return html`<h3>${stageTitle(stage, own)}</h3>
            <div class="scroll">${stageGraph(stage, own)}</div>
            <details>
              <summary>Steps as a table</summary>
              ${stepTable(stage, own)}
            </details>`;
        })}${stages.length === 0 && html`<p class="soft">No stage began.</p>`}`,
    },
    { id: 'methods', title: 'Methods', content: methodsSection(report) },
    { id: 'environments', title: 'Environments', content: environmentsSection(report) },
    {
      id: 'commands',
      title: 'Commands',
      content: html`<p class="soft small">
          As the tools were given them, quoted for a POSIX shell. Tools see their inputs below /in and write
          below /out. Commands of participants stand on their pages.
        </p>
        ${commandsOf(whole, plain)}${whole.length === 0 && html`<p class="soft">None ran for the whole dataset.</p>`}`,
    },
  ];
  return pageOf({
    title: `${report.title}: report of run ${report.run}`,
    home: html`<strong>${report.title}</strong>`,
    top: html`<h1>${report.title} ${stateMark(report.state)}</h1>
      ${facts(report, [
        ['Jobs', countsText(jobs) || 'none'],
        ['Participants', String(report.participants.length)],
        ['Tools ran', duration(jobs.reduce((sum, { seconds = 0 }) => sum + seconds, 0))],
      ])}`,
    sections: sections.filter((section) => section !== undefined),
    foot: footOf(report),
  });
}

function qualitySection(report: RunReport, pageOfParticipant: PageOf): Html {
  const several = report.quality.length > 1;
  return html`${report.quality.map(
    (quality, index) =>
      html`${several && html`<h3>${quality.table.stage}: ${quality.table.pipeline}</h3>`}${qualityTable(quality, `quality-${index + 1}`, pageOfParticipant)}`,
  )}`;
}

function participantsSection(report: RunReport, pagesOf: (participant: string) => readonly string[]): Html {
  if (report.participants.length === 0) return html`<p class="soft">No job is of a participant.</p>`;
  const jobsOf = byParticipant(report.jobs);
  const rows = report.participants.map((participant) => {
    const own = jobsOf.get(participant) ?? [];
    const [first = '', ...more] = pagesOf(participant);
    return html`<tr>
      <td>
        <a href="${first}">sub-${participant}</a
        >${more.map((page, index) => html` <a href="${page}">(${index + 2})</a>`)}
      </td>
      <td><span class="state ${worstTone(own)}">${countsText(own)}</span></td>
    </tr> `;
  });
  return html`<p>${plural(rows.length, 'participant')}, a page each.</p>
    <div class="scroll">
      <table class="sortable">
        <thead>
          <tr>
            <th scope="col">participant</th>
            <th scope="col">jobs</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}
