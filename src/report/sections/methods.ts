import { html, type Html } from '../page/html.js';
import type { RunReport } from '../run-report.js';

/** The methods text of what ran, its references with links, and both for download. */
export function methodsSection({ methods, bibtex }: RunReport): Html {
  if (methods.stages.length === 0)
    return html`<p class="soft">Nothing ran to its end: there is nothing to describe.</p>`;
  const { references } = methods;
  return html` <p class="soft small">
      Written from what ran, with the versions it ran with. Copy it into a manuscript and make it yours.
    </p>
    <div class="methods">
      <button type="button" class="plain" data-copies data-scripted hidden>Copy</button>
      <div data-copied>${methods.stages.map(({ text }) => html`<p>${text}</p>`)}</div>
    </div>
    ${
      references.length > 0 &&
      html`<h3>References</h3>
        <ol class="small">
          ${references.map(({ text, doi }) => html`<li>${text}${doi !== undefined && html` <a href="${`https://doi.org/${encodeURI(doi)}`}" rel="noreferrer">doi:${doi}</a>`}</li>`)}
        </ol>
        <p>
          <a
            download="references.bib"
            href="${`data:application/x-bibtex;charset=utf-8,${encodeURIComponent(bibtex)}`}"
            >Download the references as BibTeX</a
          >
        </p>`
    }`;
}
