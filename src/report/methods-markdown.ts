import type { Methods } from './methods.js';

/** The methods text as Markdown: a paragraph a stage, numbered references, keys of the BibTeX file beside it. */
export function methodsMarkdown({ stages, references }: Methods): string {
  const lines = ['# Methods', ''];
  for (const { text } of stages) lines.push(text, '');
  if (references.length > 0) {
    lines.push('## References', '');
    for (const { number, key, text, doi } of references)
      lines.push(
        `${number}. ${text}${doi === undefined ? '' : ` <https://doi.org/${encodeURI(doi)}>`} \`@${key}\``,
      );
    lines.push('');
  }
  return lines.join('\n');
}
