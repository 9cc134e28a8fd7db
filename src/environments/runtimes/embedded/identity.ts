import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { sha256, sha256OfJson } from '../../../kernel/json.js';
import type { EnvironmentIdentity } from '../../runtime.js';
import type { LoadedEnvironment } from '../../registry.js';
import { assetFolder, assetsOf, modulesRoot, toolModule } from './catalog.js';

/** Modules that only word messages: a new hint for people is not another tool. */
const wordsOnly = new Set(['kernel/errors.js', 'kernel/error-codes.js', 'kernel/findings.js']);

const digests = new Map<string, string>();

/**
 * What decides the results of an embedded environment: the bytes of the tools' modules and of everything of ours that
 * they import, the bytes of their assets (WebAssembly and its glue), the versions of the packages they use, and the
 * environment's variables.
 */
export function embeddedIdentity(environment: LoadedEnvironment): EnvironmentIdentity {
  const modules: Record<string, string> = {};
  const assets: Record<string, string> = {};
  const packages = new Set<string>();
  const versions: Record<string, string> = {};
  for (const tool of Object.values(environment.runtimes.embedded?.tools ?? {})) {
    addModule(toolModule(tool), modules, packages);
    const needed = assetsOf(tool);
    if (needed === null || needed === undefined) continue;
    const folder = assetFolder(needed);
    versions[needed.package] = packageVersion(folder);
    // A vendored file is a copy of a release, 11 MB of it: the version says it all and costs nothing at every start.
    if (needed.vendored) continue;
    for (const file of needed.files) assets[`${needed.package}/${file}`] = fileDigest(join(folder, file));
  }
  for (const name of packages) {
    versions[name] = packageVersion(assetFolder({ package: name, vendored: false, files: [] }));
  }
  return {
    name: environment.name,
    runtime: 'embedded',
    digest: sha256OfJson({ modules, assets, versions, env: environment.env }),
    details: { node: process.version, ...versions },
  };
}

/** Adds a compiled module and what it imports, from its import statements as the compiler writes them. */
function addModule(file: string, modules: Record<string, string>, packages: Set<string>): void {
  const name = relative(modulesRoot(), file).split(sep).join('/');
  if (modules[name] !== undefined || wordsOnly.has(name)) return;
  const text = readFileSync(file, 'utf8');
  modules[name] = sha256(text);
  for (const [, specifier = ''] of text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)) {
    if (specifier.startsWith('.')) addModule(join(dirname(file), specifier), modules, packages);
    else if (!specifier.startsWith('node:')) packages.add(packageName(specifier));
  }
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function packageVersion(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string };
  return version ?? 'unknown';
}

function fileDigest(file: string): string {
  let digest = digests.get(file);
  if (digest === undefined) {
    digest = sha256(readFileSync(file));
    digests.set(file, digest);
  }
  return digest;
}

/** Whether the compiled module of a tool is there. */
export function isBuilt(tool: string): boolean {
  return existsSync(toolModule(tool));
}
