// `npm run bench [name...]`: runs the benchmarks in this folder and prints their figures; `--json` for scripts.
// Figures are ratios or medians of interleaved runs taken in one go: absolute times of one machine prove little.
import { readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const json = process.argv.includes('--json');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const names = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => name.slice(0, -'.mjs'.length))
  .sort();
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
  process.exit(2);
}
const machine = {
  node: process.version,
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? '',
  memory_gb: Math.round(totalmem() / 1e9),
};
if (!json)
  process.stdout.write(
    `node ${machine.node}, ${machine.cpus} cpus (${machine.cpu}), ${machine.memory_gb} GB\n`,
  );
const results = [];
for (const name of wanted.length > 0 ? wanted : names) {
  const { bench } = await import(`./${name}.mjs`);
  try {
    const result = await bench();
    results.push(result);
    if (json) continue;
    process.stdout.write(`\n${result.name}\n`);
    for (const { label, value, unit } of result.figures) {
      process.stdout.write(`  ${label.padEnd(56)} ${Number(value).toFixed(3)} ${unit}\n`);
    }
  } catch (error) {
    results.push({ name, error: error.message });
    if (!json) process.stdout.write(`\n${name}: not measured: ${error.message}\n`);
    // One that was asked for by name must be measured; among all, one may lack what it needs.
    if (wanted.length > 0) process.exitCode = 1;
  }
}
if (json) process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
