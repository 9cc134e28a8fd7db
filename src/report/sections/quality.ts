import { isOutlier, OUTLIER_LIMIT } from '../outliers.js';
import { html, type Html } from '../page/html.js';
import { entityColumns, type QualityColumn, type QualityRow } from '../quality-numbers.js';
import type { StandingTable } from '../run-report.js';
import { spreadOf } from './spread.js';
import { numberText, plural } from './words.js';

/** Address of the page of a participant, or of another page that shows a row. */
export type PageOf = (participant: string) => string | undefined;

/** Quality numbers of everybody: sortable, with those marked that lie outside what is expected or far from the others. */
export function qualityTable(quality: StandingTable, id: string, pageOf: PageOf): Html {
  const { table, standings } = quality;
  const entities = entityColumns(table);
  const head = [
    ...entities.map((key) => html`<th scope="col">${key}</th>`),
    ...table.columns.map(
      ({ name, unit, about }) =>
        html`<th scope="col" class="number" title="${about}">
          ${name}${unit !== undefined && unit !== '' && html` (${unit})`}
        </th>`,
    ),
    html`<th scope="col" class="number">marked</th>`,
  ];
  const rows = table.rows.map((row) => {
    const marked = table.columns.filter((column) => markOf(quality, row, column) !== undefined).length;
    return html`<tr>
      ${entities.map((key) => entityCell(key, row.entities[key], pageOf))}${table.columns.map((column) => valueCell(quality, row, column))}
      <td class="number">${marked}</td>
    </tr> `;
  });
  return html` <p class="soft small">
      Marked: <span class="state bad">outside what is expected</span>
      <span class="state warn">far from the others</span> (modified z-score beyond ${OUTLIER_LIMIT}, where
      there are enough comparable values). Hover over a marked value for the reason.
    </p>
    <p data-scripted hidden>
      <label>Show rows with <input type="search" data-filters="${id}" /></label>
    </p>
    <div class="scroll">
      <table class="sortable" id="${id}">
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${standings.size > 0 && columnNotes(quality)}`;
}

/** The numbers of one participant beside the median of the group. */
export function ownNumbers(quality: StandingTable, participant: string): Html | undefined {
  const { table, standings } = quality;
  const rows = table.rows.filter((row) => row.entities['sub'] === participant);
  if (rows.length === 0) return undefined;
  const others = new Set(table.rows.map((row) => row.entities['sub'])).size > 1;
  const entities = entityColumns(table).filter((key) => key !== 'sub');
  const body = rows.flatMap((row) =>
    table.columns.map((column) => {
      const standing = standings.get(row)?.get(column.name);
      const { name, unit, about } = column;
      return html`<tr>
        ${entities.map((key) => html`<td>${row.entities[key] ?? ''}</td>`)}
        <td>${name}</td>
        ${valueCell(quality, row, column)}
        <td>${unit ?? ''}</td>
        ${others && html`<td class="number">${numberText(standing?.median)}</td>`}
        <td>${about}${rangeText(column) !== '' && html`; expected ${rangeText(column)}`}</td>
      </tr>`;
    }),
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${entities.map((key) => html`<th scope="col">${key}</th>`)}
          <th scope="col">number</th>
          <th scope="col" class="number">value</th>
          <th scope="col">unit</th>
          ${others && html`<th scope="col" class="number">median of the group</th>`}
          <th scope="col">what it says</th>
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** How many numbers are marked, of everybody or of one participant, with the way to them; nothing where none is. */
export function markedNumbers(quality: readonly StandingTable[], participant?: string): Html | undefined {
  const marks = quality.flatMap((each) =>
    each.table.rows
      .filter(({ entities }) => participant === undefined || entities['sub'] === participant)
      .flatMap((row) => each.table.columns.flatMap((column) => markOf(each, row, column) ?? [])),
  );
  const outside = marks.filter(({ kind }) => kind === 'out').length;
  if (marks.length === 0) return undefined;
  const said = [
    ...(outside === 0 ? [] : [`${plural(outside, 'number')} outside what is expected`]),
    ...(marks.length === outside ? [] : [`${plural(marks.length - outside, 'number')} far from the others`]),
  ];
  return html`<p class="notice ${outside > 0 ? 'bad' : 'warn'}">
    <a href="#quality">${said.join(', ')}</a>
  </p>`;
}

/** Why a value is marked: `td` class and the reason in words. */
function markOf(
  { standings }: StandingTable,
  row: QualityRow,
  column: QualityColumn,
): { readonly kind: 'out' | 'far'; readonly why: string } | undefined {
  const standing = standings.get(row)?.get(column.name);
  const far = isOutlier(standing)
    ? `modified z-score ${standing?.z?.toFixed(1) ?? ''}, median ${numberText(standing?.median)}`
    : '';
  if (row.outside.includes(column.name))
    return { kind: 'out', why: `expected ${rangeText(column)}${far === '' ? '' : `; ${far}`}` };
  return far === '' ? undefined : { kind: 'far', why: far };
}

function valueCell(quality: StandingTable, row: QualityRow, column: QualityColumn): Html {
  const value = row.values[column.name];
  const mark = markOf(quality, row, column);
  const sorted = typeof value === 'number' ? html` data-value="${value}"` : undefined;
  return mark === undefined
    ? html`<td class="number" ${sorted}>${numberText(value)}</td>`
    : html`<td class="number ${mark.kind}" ${sorted} title="${mark.why}">${numberText(value)}</td>`;
}

function entityCell(key: string, value: string | undefined, pageOf: PageOf): Html {
  const page = key === 'sub' && value !== undefined ? pageOf(value) : undefined;
  return page === undefined ? html`<td>${value ?? ''}</td>` : html`<td><a href="${page}">${value}</a></td>`;
}

function rangeText({ expected }: QualityColumn): string {
  const { minimum, maximum } = expected ?? {};
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  return maximum === undefined ? '' : `at most ${maximum}`;
}

/** What the columns mean, with where the values of the group lie. */
function columnNotes(quality: StandingTable): Html {
  const { table } = quality;
  const notes = table.columns.map((column) => {
    const values = table.rows.flatMap((row) => {
      const value = row.values[column.name];
      return typeof value === 'number' ? [{ value, kind: markOf(quality, row, column)?.kind }] : [];
    });
    return { column, spread: spreadOf(values), range: rangeText(column) };
  });
  const spreads = notes.some(({ spread }) => spread !== undefined);
  const ranges = notes.some(({ range }) => range !== '');
  const rows = notes.map(
    ({ column, spread, range }) =>
      html`<tr>
        <td>${column.name}</td>
        <td>${column.about}</td>
        ${spreads && html`<td>${spread}</td>`} ${ranges && html`<td>${range}</td>`}
      </tr>`,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">number</th>
          <th scope="col">what it says</th>
          ${spreads && html`<th scope="col">values of the group</th>`}
          ${ranges && html`<th scope="col">expected</th>`}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
