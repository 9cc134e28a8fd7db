// Finds links between the Markdown pages of the project that lead nowhere: files and headings.
//   node scripts/check-docs.mjs [folder]
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const passedOver = new Set(['node_modules', 'dist', 'coverage', '.git', 'golden']);

function pagesIn(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : pagesIn(path);
    return entry.isFile() && entry.name.endsWith('.md') ? [path] : [];
  });
}

/** The text without code, in which brackets are no links. */
function proseOf(text) {
  return text
    .replace(/^(`{3,}|~{3,}).*?^\1/gms, '')
    .replace(/(`+)(?!`).*?[^`]\1(?!`)/gs, '')
    .replace(/<!--.*?-->/gs, '');
}

/** Heading anchors as GitHub makes them: lower case, punctuation gone, spaces to hyphens, numbered when repeated. */
function anchorsOf(text) {
  const anchors = new Set();
  for (const [, heading] of text.replace(/^(`{3,}|~{3,}).*?^\1/gms, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

const problems = [];
let links = 0;
const pages = pagesIn(folder);
for (const page of pages) {
  const prose = proseOf(readFileSync(page, 'utf8'));
  const targets = [
    ...[...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => match[1]),
    ...[...prose.matchAll(/^\[[^\]^]+\]:\s+<?(\S+?)>?(?:\s|$)/gm)].map((match) => match[1]),
  ];
  for (const target of targets) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    links += 1;
    const [path, anchor] = target.split('#');
    const file = path === '' ? page : resolve(dirname(page), decodeURIComponent(path));
    const place = relative(folder, page);
    if (!existsSync(file)) problems.push(`${place}: ${target} does not exist`);
    else if (anchor && statSync(file).isFile() && file.endsWith('.md')) {
      if (!anchorsOf(readFileSync(file, 'utf8')).has(decodeURIComponent(anchor)))
        problems.push(`${place}: ${target} names no heading of that page`);
    }
  }
}
for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${links} links, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
