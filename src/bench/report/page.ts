import { html, type Html } from '../../report/page/html.js';
import { pageOf } from '../../report/page/page.js';
import { svgSource } from '../../report/shown-pictures.js';
import type { Block, Cell, Content, Figure, Table } from './content.js';

/** The content as one page in the style of the product's reports. */
export function pageOfContent({ title, facts, sections }: Content): string {
  return pageOf({
    title,
    home: html`<strong>${title}</strong>`,
    top: html`<h1>${title}</h1>
      <dl class="facts">
        ${facts.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>`,
    sections: sections.map(({ id, title: heading, blocks }) => ({
      id,
      title: heading,
      content: html`${blocks.map((block) => blockOf(block))}`,
    })),
    foot: html`<p>
      Every number comes from <code>results.jsonl</code>; resampling has a fixed seed, so the same results
      give the same page.
    </p>`,
  });
}

function blockOf(block: Block): Html {
  if (block.kind === 'table') return tableOf(block);
  if (block.kind === 'figure') return figureOf(block);
  return block.tone === undefined
    ? html`<p class="soft small">${block.text}</p>`
    : html`<p class="notice ${block.tone}">${block.text}</p>`;
}

function tableOf({ title, columns, rows }: Table): Html {
  return html`${title !== undefined && html`<h3>${title}</h3>`}
    <div class="scroll">
      <table class="sortable">
        <thead>
          <tr>
            ${columns.map(
              ({ title: name, about, number }) =>
                html`<th scope="col" class="${number === true && 'number'}" title="${about ?? ''}">
                  ${name}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((each, at) => cellOf(each, columns[at]?.number === true))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}

function cellOf({ text, value, href, tone }: Cell, number: boolean): Html {
  const shown = href === undefined ? html`${text}` : html`<a href="${safeAddress(href)}">${text}</a>`;
  const marked = tone === undefined ? shown : html`<span class="state ${tone}">${shown}</span>`;
  const sorted = value === undefined ? '' : String(value);
  return sorted === ''
    ? html`<td class="${number && 'number'}">${marked}</td>`
    : html`<td class="${number && 'number'}" data-value="${sorted}">${marked}</td>`;
}

/** A relative address and nothing else: the name of a task cannot become a script or a foreign page. */
export function safeAddress(href: string): string {
  return `./${href.split('/').map(encodeURIComponent).join('/')}`;
}

function figureOf({ title, description, svg }: Figure): Html {
  const source = svgSource(svg);
  if (source === undefined) return html`<p class="notice warn">Not drawn: ${title}.</p>`;
  return html`<figure>
    <img
      src="${source.address}"
      width="${Math.round(source.width)}"
      height="${Math.round(source.height)}"
      alt="${description}"
    />
    <figcaption>${title}</figcaption>
  </figure>`;
}
