import type { Block, Cell, Content, Table } from './content.js';
import { safeAddress } from './page.js';

/** The content as Markdown, with figures as files beside it: `figures/<name>.svg`. */
export function markdownOf({ title, facts, sections }: Content): string {
  const lines = [`# ${escapeMarkdown(title)}`, ''];
  for (const [name, value] of facts) lines.push(`- ${name}: ${escapeMarkdown(value)}`);
  for (const section of sections) {
    lines.push('', `## ${escapeMarkdown(section.title)}`);
    for (const block of section.blocks) lines.push('', ...linesOf(block));
  }
  return `${lines.join('\n')}\n`;
}

function linesOf(block: Block): string[] {
  if (block.kind === 'table') return tableLines(block);
  if (block.kind === 'figure')
    return [`![${escapeMarkdown(block.description)}](figures/${encodeURIComponent(block.name)}.svg)`];
  return [escapeMarkdown(block.text)];
}

function tableLines({ title, columns, rows }: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    ...(title === undefined ? [] : [`### ${escapeMarkdown(title)}`, '']),
    line(columns.map((column) => escapeMarkdown(column.title))),
    line(columns.map(({ number }) => (number === true ? '--:' : '---'))),
    ...rows.map((row) => line(row.map(cellText))),
  ];
}

function cellText({ text, href }: Cell): string {
  const shown = escapeMarkdown(text);
  return href === undefined ? shown : `[${shown}](${safeAddress(href)})`;
}

/** Text that stays text: no mark-up, no link, no HTML, no end of a line or of a cell. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]|<>~&#!]/g, (character) => `\\${character}`);
}
