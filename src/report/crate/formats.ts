const FORMATS: Readonly<Record<string, string>> = {
  json: 'application/json',
  tsv: 'text/tab-separated-values',
  csv: 'text/csv',
  txt: 'text/plain',
  svg: 'image/svg+xml',
  png: 'image/png',
  html: 'text/html',
  bval: 'text/plain',
  bvec: 'text/plain',
  gz: 'application/gzip',
};
const TEXTS = new Set(['json', 'tsv', 'csv', 'txt', 'svg', 'html', 'bval', 'bvec']);

function extensionOf(path: string): string {
  return path.split('.').at(-1)?.toLowerCase() ?? '';
}

/** Whether a file is text that can be read through. */
export function isText(path: string): boolean {
  return TEXTS.has(extensionOf(path));
}

/** Media type by the extension. */
export function formatOf(path: string): string {
  return FORMATS[extensionOf(path)] ?? 'application/octet-stream';
}
