// Before packing. The tarball bundles dockerode, so that a user's `npm install` compiles no native code: its ssh2, which
// would, is replaced here by an empty package (overrides in package.json) and never loaded, since engines are reached
// through local sockets. The empty package must say that it is ssh2, or npm at the user's misses it in the bundle.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync(require.resolve('docker-modem/package.json'), 'utf8'));
const file = require.resolve('ssh2/package.json', { paths: [require.resolve('docker-modem/package.json')] });
const found = JSON.parse(readFileSync(file, 'utf8'));
if (!['empty-npm-package', 'ssh2'].includes(found.name))
  throw new Error(`${file} is not the empty package that overrides in package.json name`);
const standIn = {
  name: 'ssh2',
  version: '1.17.0',
  description: `Empty: stands in for ssh2, which docker-modem ${version} needs only for engines reached through ssh`,
  license: 'MIT',
  main: 'index.js',
};
writeFileSync(file, `${JSON.stringify(standIn, null, 2)}\n`);
