/** What a request sets by name, and the rest of it, which is read as words. */
export interface Settings {
  /** Text by the name of a pipeline parameter. */
  readonly settings: ReadonlyMap<string, string>;
  readonly rest: string;
}

/**
 * Takes `name=value` of pipeline parameters out of a request, before it is taken apart into words: a value such as
 * `face-house,object=face+house-2*rest` is one, up to the next space, or between quotation marks. Marks that end a
 * sentence are no part of it, and a comma before another `name=` parts two settings.
 */
export function readSettings(text: string, names: ReadonlySet<string>): Settings {
  const settings = new Map<string, string>();
  if (names.size === 0) return { settings, rest: text };
  const name = `(?:${[...names].sort((a, b) => b.length - a.length).join('|')})`;
  const setting = new RegExp(`(?<![\\w-])(${name})\\s*=\\s*(?:"([^"]*)"|'([^']*)'|(\\S+))`, 'gi');
  const another = new RegExp(`[,;](?=${name}\\s*=)`, 'i');
  let rest = '';
  let from = 0;
  for (let match = setting.exec(text); match !== null; match = setting.exec(text)) {
    const [whole, key = '', double, single, bare = ''] = match;
    const quoted = double ?? single;
    const own = bare.split(another)[0] ?? '';
    const value = quoted ?? own.replace(/[.,;:!?)]+$/, '');
    const cut = quoted === undefined ? whole.length - bare.length + own.length : whole.length;
    setting.lastIndex = match.index + cut;
    if (value.trim() === '') continue;
    settings.set(key.toLowerCase(), value.trim().replace(/[–—−]/g, '-'));
    rest += `${text.slice(from, match.index)} , `;
    from = match.index + cut;
  }
  return { settings, rest: rest + text.slice(from) };
}
