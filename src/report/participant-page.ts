import type { ReportedJob } from './reported-job.js';
import { html, type Html } from './page/html.js';
import { pageOf, type Section } from './page/page.js';
import { facts, footOf } from './run-facts.js';
import type { RunReport } from './run-report.js';
import { commandsOf } from './sections/commands.js';
import { figureOf, pictureGroup, picturesByName } from './sections/pictures.js';
import { problemsOf } from './sections/problems.js';
import { ownNumbers } from './sections/quality.js';
import { countsText, stateMark, worstTone } from './sections/words.js';
import type { ShownPicture } from './shown-pictures.js';

/** Pictures of a page take at most this many bytes: what else stands on it stays far below the rest of 2 MB. */
const PICTURE_BYTES = 1_700_000;

export interface ParticipantParts {
  readonly participant: string;
  readonly jobs: readonly ReportedJob[];
  readonly pictures: readonly ShownPicture[];
}

/**
 * The page of a participant, or several where the pictures are too many for one that mail takes; numbers and commands
 * stand on the first. `names` gives the file name of each.
 */
export async function participantPages(
  report: RunReport,
  { participant, jobs, pictures }: ParticipantParts,
  names: (part: number) => string,
): Promise<string[]> {
  const parts = await inParts(pictures, participant);
  const links = parts.length < 2 ? [] : parts.map((_, index) => names(index));
  return parts.map((figures, index) => {
    const quality = index > 0 ? [] : report.quality.flatMap((table) => ownNumbers(table, participant) ?? []);
    const sections: (Section | undefined)[] = [
      index === 0
        ? {
            id: 'attention',
            title: 'What needs attention',
            content: problemsOf({ ...report, error: undefined }, jobs, []),
          }
        : undefined,
      quality.length > 0 ? { id: 'quality', title: 'Quality', content: html`${quality}` } : undefined,
      figures.length > 0 ? { id: 'pictures', title: 'Pictures', content: html`${figures}` } : undefined,
      index === 0 ? { id: 'commands', title: 'Commands', content: commands(report, jobs) } : undefined,
    ];
    const more = links.map((name, other) =>
      other === index ? html`<strong>${other + 1}</strong> ` : html`<a href="${name}">${other + 1}</a> `,
    );
    return pageOf({
      title: `sub-${participant}${index === 0 ? '' : ` (${index + 1})`}: ${report.plan.title}`,
      home: html`<a href="index.html">All participants</a> <strong>sub-${participant}</strong>`,
      top: html`<h1>
          sub-${participant}
          ${index === 0 && html`<span class="state ${worstTone(jobs)}">${countsText(jobs)}</span>`}
        </h1>
        <p class="soft">${report.plan.title} ${stateMark(report.state)}</p>
        ${more.length > 0 && html`<p>Pictures on several pages: ${more}</p>`}
        ${index === 0 && facts(report, [])}`,
      sections: sections.filter((section) => section !== undefined),
      foot: footOf(report),
    });
  });
}

function commands(report: RunReport, jobs: readonly ReportedJob[]): Html {
  return html`<p class="soft small">
      As the tools were given them, quoted for a POSIX shell. Tools see their inputs below /in and write below
      /out. Environments and methods stand on the <a href="index.html">first page</a>.
    </p>
    ${commandsOf(jobs, report.plain)}`;
}

/** Pictures in their order, on as few pages as can hold them; at least one page. */
async function inParts(pictures: readonly ShownPicture[], participant: string): Promise<Html[][]> {
  const parts: Html[][] = [[]];
  let bytes = 0;
  for (const group of picturesByName(pictures)) {
    let figures: Html[] = [];
    const close = (): void => {
      if (figures.length > 0) parts.at(-1)?.push(pictureGroup(group, figures));
      figures = [];
    };
    for (const picture of group) {
      const figure = await figureOf(picture, participant, group.length > 1);
      if (bytes > 0 && bytes + figure.text.length > PICTURE_BYTES) {
        close();
        parts.push([]);
        bytes = 0;
      }
      figures.push(figure);
      bytes += figure.text.length;
    }
    close();
  }
  return parts;
}
