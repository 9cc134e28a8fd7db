import type { StageRecord } from '../../engine/stage-record.js';
import { referencesOf } from '../../planning/references.js';
import { duration } from '../../trace/body-fields.js';
import type { ReportedJob } from '../reported-job.js';
import { html, type Html } from '../page/html.js';
import { layOut } from './lay-out.js';
import { countsText, plural, worstTone, type Tone } from './words.js';

const [WIDTH, HEIGHT] = [192, 76];
/** Characters that fit into a box. */
const [NAME_FITS, LINE_FITS] = [24, 31];

interface Box {
  readonly name: string;
  readonly lines: readonly string[];
  readonly tone: Tone | 'given';
}

/** The steps of a stage as they follow from each other, with how their jobs ended and how long they took. */
export function stageGraph(stage: StageRecord, jobs: readonly ReportedJob[]): Html {
  const boxes = boxesOf(stage, jobs);
  const edges = edgesOf(stage).filter(([from, to]) => boxes.has(from) && boxes.has(to));
  const placed = layOut([...boxes.keys()], edges, { width: WIDTH, height: HEIGHT });
  const lines = placed.lines.map((points) => {
    const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`);
    return html`<path d="${path.join('')}" marker-end="url(#to-${stage.stage})" />`;
  });
  const nodes = [...boxes].map(([id, box]) => {
    const { x, y } = placed.boxes.get(id) ?? { x: 0, y: 0 };
    const place = `translate(${(x - WIDTH / 2).toFixed(1)} ${(y - HEIGHT / 2).toFixed(1)})`;
    const said = box.lines.map(
      (line, index) =>
        html`<text class="soft" x="12" y="${38 + 15 * index}">${fitted(line, LINE_FITS)}</text>`,
    );
    return html`<g class="${box.tone}" transform="${place}">
      <title>${[box.name, ...box.lines].join(', ')}</title>
      <rect width="${WIDTH}" height="${HEIGHT}" rx="7" />
      <text class="name" x="12" y="21">${fitted(box.name, NAME_FITS)}</text>
      ${said}
    </g>`;
  });
  const { width, height } = placed;
  return html`<svg
    class="graph"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-label="Steps of the stage ${stage.stage}; the table of steps says the same"
  >
    <defs>
      <marker
        id="to-${stage.stage}"
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerWidth="7"
        markerHeight="7"
        orient="auto"
      >
        <path d="M0 0L8 4L0 8z" />
      </marker>
    </defs>
    ${lines} ${nodes}
  </svg>`;
}

/** The same as a table: for those who do not see the graph, and for sorting by time. */
export function stepTable(stage: StageRecord, jobs: readonly ReportedJob[]): Html {
  const rows = stage.pipeline.steps.map((step) => {
    const own = jobs.filter((job) => job.step === step.id);
    const seconds = total(own);
    return html`<tr>
      <td>${step.id}</td>
      <td>${step.skill ?? step.capability ?? ''}</td>
      <td class="number">${own.length}</td>
      <td>${countsText(own) || 'left out'}</td>
      <td class="number" data-value="${seconds}">${duration(seconds)}</td>
    </tr>`;
  });
  return html`<div class="scroll">
    <table class="sortable">
      <thead>
        <tr>
          <th scope="col">step</th>
          <th scope="col">skill</th>
          <th scope="col" class="number">jobs</th>
          <th scope="col">states</th>
          <th scope="col" class="number">time of the tool</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function boxesOf({ pipeline }: StageRecord, jobs: readonly ReportedJob[]): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const name of Object.keys(pipeline.inputs))
    boxes.set(`input ${name}`, { name, lines: ['input'], tone: 'given' });
  for (const step of pipeline.steps) {
    const own = jobs.filter((job) => job.step === step.id);
    const skill = step.skill ?? step.capability ?? '';
    if (own.length === 0) boxes.set(step.id, { name: step.id, lines: [skill, 'left out'], tone: 'given' });
    else {
      const states = own.length === 1 ? countsText(own).replace(/^1 /, '') : countsText(own);
      boxes.set(step.id, {
        name: step.id,
        lines: [skill, states, ...(total(own) > 0 ? [duration(total(own))] : [])],
        tone: worstTone(own),
      });
    }
  }
  return boxes;
}

function edgesOf({ pipeline }: StageRecord): [string, string][] {
  const edges = new Map<string, [string, string]>();
  for (const step of pipeline.steps) {
    for (const reference of Object.values(step.inputs).flatMap(referencesOf)) {
      const from = 'input' in reference ? `input ${reference.input}` : reference.step;
      edges.set(`${from} ${step.id}`, [from, step.id]);
    }
  }
  return [...edges.values()];
}

function total(jobs: readonly ReportedJob[]): number {
  return jobs.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
}

function fitted(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** How many jobs of which stages there are, for the heading of a graph. */
export function stageTitle(stage: StageRecord, jobs: readonly ReportedJob[]): string {
  return `${stage.stage}: ${stage.pipeline.id} ${stage.pipeline.version}, ${plural(jobs.length, 'job')}`;
}
