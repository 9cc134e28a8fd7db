import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeErrorCode } from '../../../kernel/errors.js';

/** One source of packages as the machine is configured. */
interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

const debianSuite =
  /^(?:buster|bullseye|bookworm|trixie|forky|duke|sid|unstable|testing|(?:old)*stable)(-updates|-security|-backports)?$/;

/**
 * The machine's own Debian mirrors for a suite, as one-line sources: so no mirror is written into the project, and a
 * site's proxy or snapshot is honoured. On a Debian machine of another release its mirror is asked for this suite.
 *
 * @returns an empty list where the machine is not configured for Debian: then the builder's default mirror serves
 */
export async function debianSources(suite: string, aptFolder = '/etc/apt'): Promise<string[]> {
  const known = (await readSources(aptFolder)).filter((source) => source.components.includes('main'));
  const wanted = [suite, `${suite}-updates`, `${suite}-security`];
  const exact = known.filter((source) => wanted.includes(source.suite));
  if (exact.some((source) => source.suite === suite)) return lines(exact);

  const other = known.flatMap((source) => {
    const match = debianSuite.exec(source.suite);
    if (!match || match[1] === '-backports') return [];
    return [{ ...source, suite: `${suite}${match[1] ?? ''}` }];
  });
  return other.some((source) => source.suite === suite) ? lines(other) : [];
}

function lines(sources: readonly Source[]): string[] {
  return [...new Set(sources.map((source) => `deb ${source.uri} ${source.suite} main`))].sort();
}

async function readSources(folder: string): Promise<Source[]> {
  const parts = join(folder, 'sources.list.d');
  const names = (await readdir(parts).catch(orNothing)) ?? [];
  const files = [join(folder, 'sources.list'), ...names.sort().map((name) => join(parts, name))];
  const found = await Promise.all(
    files.map(async (file) => {
      const text = (await readFile(file, 'utf8').catch(orNothing)) ?? '';
      if (file.endsWith('.sources')) return fromStanzas(text);
      return file.endsWith('.list') ? fromLines(text) : [];
    }),
  );
  return found.flat();
}

function orNothing(error: unknown): undefined {
  if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(nodeErrorCode(error) ?? '')) return undefined;
  throw error;
}

/** One-line style, sources.list(5): `deb [options] uri suite component...`. */
function fromLines(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    const [, uri, suite, components] = match ?? [];
    if (uri === undefined || suite === undefined || components === undefined) return [];
    return [{ uri, suite, components: components.trim().split(/\s+/) }];
  });
}

/** Deb822 style, sources.list(5): stanzas of `Field: values`, several URIs and suites in each. */
function fromStanzas(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string[]>();
    let field = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#')) continue;
      const match = /^([A-Za-z-]+):(.*)$/.exec(line);
      if (match) field = match[1]?.toLowerCase() ?? '';
      const values = (match ? (match[2] ?? '') : line).trim().split(/\s+/).filter(Boolean);
      fields.set(field, [...(fields.get(field) ?? []), ...values]);
    }
    const values = (name: string): string[] => fields.get(name) ?? [];
    if (!values('types').includes('deb') || values('enabled')[0]?.toLowerCase() === 'no') return [];
    return values('uris').flatMap((uri) =>
      values('suites').map((suite) => ({ uri, suite, components: values('components') })),
    );
  });
}
