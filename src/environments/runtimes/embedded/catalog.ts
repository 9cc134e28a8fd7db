import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtUrl } from './built-url.js';

/** Files beyond its own module that a tool needs: of an npm package, or of `dist/vendor`. */
export interface ToolAssets {
  readonly package: string;
  readonly vendored: boolean;
  readonly files: readonly string[];
}

/** The embedded tools: each is a module in `tools/`. */
const catalog: Readonly<Record<string, ToolAssets | null>> = {
  'bids-describe': null,
  'bids-sidecar': null,
  'bids-validate': { package: 'bids-validator', vendored: true, files: ['index.cjs'] },
  dcm2niix: {
    package: '@niivue/dcm2niix',
    vendored: false,
    files: ['dist/dcm2niix.js', 'dist/dcm2niix.wasm'],
  },
  gzip: null,
  measures: null,
  quality: null,
  pictures: null,
  niimath: {
    package: '@niivue/niimath',
    vendored: false,
    files: ['dist/niimath.js', 'dist/niimath.wasm'],
  },
};

/** `undefined` where there is no tool of that name, `null` where it has no assets. */
export function assetsOf(tool: string): ToolAssets | null | undefined {
  return Object.hasOwn(catalog, tool) ? catalog[tool] : undefined;
}

/** Folder of the package that the assets are in. Throws where it is not installed. */
export function assetFolder(assets: ToolAssets): string {
  if (assets.vendored) {
    return fileURLToPath(builtUrl(import.meta.url, `../../../vendor/${assets.package}`));
  }
  // Packages with an `exports` map hide their package.json, so look for the folder itself.
  const require = createRequire(import.meta.url);
  const folders = (require.resolve.paths(assets.package) ?? []).map((path) => join(path, assets.package));
  const found = folders.find((folder) => existsSync(join(folder, 'package.json')));
  if (found === undefined) throw new Error(`the package ${assets.package} is not installed`);
  return found;
}

/** The compiled module of a tool. */
export function toolModule(tool: string): string {
  return fileURLToPath(builtUrl(import.meta.url, `./tools/${tool}.js`));
}

export function modulesRoot(): string {
  return dirname(fileURLToPath(builtUrl(import.meta.url, '../../../index.js')));
}
