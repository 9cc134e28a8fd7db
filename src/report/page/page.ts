import { createHash } from 'node:crypto';
import { Html, html } from './html.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

export interface Section {
  /** Anchor, of letters and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

export interface PageParts {
  /** Of the window. */
  readonly title: string;
  /** Beside the links to the sections: the way back. */
  readonly home: Html;
  readonly top: Html;
  readonly sections: readonly Section[];
  readonly foot: Html;
}

/** Says that a folder of pages is ours. */
export const GENERATOR = 'NeuroClaw report';

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is fetched, nothing runs but our own script: also where a name of a file were to get through as HTML. */
const POLICY = [
  "default-src 'none'",
  'img-src data:',
  `style-src ${digest(STYLE)}`,
  `script-src ${digest(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A whole page: one file that needs nothing beside it. */
export function pageOf({ title, home, top, sections, foot }: PageParts): string {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="${GENERATOR}" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="bar">
          <div>
            ${home}
            <nav aria-label="Sections">
              ${sections.map((each) => html`<a href="#${each.id}">${each.title}</a> `)}
            </nav>
          </div>
        </header>
        <main id="main">
          ${top}
          ${sections.map(
            ({ id, title: heading, content }) =>
              html`<section id="${id}" aria-labelledby="${id}-title">
                <h2 id="${id}-title">${heading}</h2>
                ${content}
              </section> `,
          )}
          <footer>${foot}</footer>
        </main>
        ${new Html(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `;
  return text;
}
