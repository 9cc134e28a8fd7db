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

/** What mail and browsers take without trouble. */
const PAGE_BYTES = 1_990_000;
/** Title and description of a picture, generously. */
const HEADING_BYTES = 1000;

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
  const first = [
    section(
      'attention',
      'What needs attention',
      problemsOf({ ...report, error: undefined }, jobs, [], participant),
    ),
    section('quality', 'Quality', ...report.quality.flatMap((table) => ownNumbers(table, participant) ?? [])),
  ];
  const last = [section('commands', 'Commands', commands(report, jobs))];
  const page = (index: number, figures: readonly Html[], links: readonly string[]): string => {
    const more = links.map((name, other) =>
      other === index ? html`<strong>${other + 1}</strong> ` : html`<a href="${name}">${other + 1}</a> `,
    );
    const own = [
      ...(index === 0 ? first : []),
      section('pictures', 'Pictures', ...figures),
      ...(index === 0 ? last : []),
    ];
    return pageOf({
      title: `sub-${participant}${index === 0 ? '' : ` (${index + 1})`}: ${report.title}`,
      home: html`<a href="index.html">All participants</a> <strong>sub-${participant}</strong>`,
      top: html`<h1>
          sub-${participant}
          ${index === 0 && html`<span class="state ${worstTone(jobs)}">${countsText(jobs)}</span>`}
        </h1>
        <p class="soft">${report.title} ${stateMark(report.state)}</p>
        ${more.length > 0 && html`<p>Pictures on several pages: ${more}</p>`}
        ${index === 0 && facts(report, [])}`,
      sections: own.filter((each) => each !== undefined),
      foot: footOf(report),
    });
  };
  const parts = await inParts(pictures, participant, PAGE_BYTES - Buffer.byteLength(page(0, [], [])));
  const links = parts.length < 2 ? [] : parts.map((_, index) => names(index));
  return parts.map((figures, index) => page(index, figures, links));
}

/** Undefined where there is nothing to say. */
function section(id: string, title: string, ...content: readonly Html[]): Section | undefined {
  return content.length === 0 ? undefined : { id, title, content: html`${content}` };
}

function commands(report: RunReport, jobs: readonly ReportedJob[]): Html {
  return html`<p class="soft small">
      As the tools were given them, quoted for a POSIX shell. Tools see their inputs below /in and write below
      /out. Environments and methods stand on the <a href="index.html">first page</a>.
    </p>
    ${commandsOf(jobs, report.plain)}`;
}

/** Pictures in their order, on as few pages with `room` bytes as can hold them; at least one page. */
async function inParts(
  pictures: readonly ShownPicture[],
  participant: string,
  room: number,
): Promise<Html[][]> {
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
      const size = Buffer.byteLength(figure.text) + HEADING_BYTES;
      if (bytes > 0 && bytes + size > room) {
        close();
        parts.push([]);
        bytes = 0;
      }
      figures.push(figure);
      bytes += size;
    }
    close();
  }
  return parts;
}
