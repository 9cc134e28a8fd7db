#!/usr/bin/env node
import { packageVersion } from '../app/version.js';

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  const { runCommandLine } = await import('./command-line.js');
  return runCommandLine(argv, packageVersion());
}

process.exitCode = await main(process.argv.slice(2));
