/**
 * URL of a compiled module beside `moduleUrl`. A worker is a plain Node process and needs JavaScript: when the caller
 * itself runs from `src/` (tests), the same place below `dist/` is meant.
 */
export function builtUrl(moduleUrl: string, relative: string): URL {
  const url = new URL(relative, moduleUrl);
  if (moduleUrl.endsWith('.ts')) {
    const at = moduleUrl.lastIndexOf('/src/');
    url.href = `${url.href.slice(0, at)}/dist/${url.href.slice(at + '/src/'.length)}`;
  }
  return url;
}
