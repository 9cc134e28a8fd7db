import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { validatorFindings } from '../../../../bids/validator-findings.js';
import type { Finding } from '../../../../kernel/findings.js';
import type { EmbeddedTool, ToolIo } from '../tool.js';
import { readFlags } from './flags.js';

interface Validator {
  BIDS(
    folder: string,
    options: Readonly<Record<string, unknown>>,
    onEnd: (issues: unknown, summary: unknown) => void,
  ): void;
}

/**
 * `neuroclaw-bids-validate --dataset FOLDER --report FILE [--ignore-nifti-headers]`: runs bids-validator 1.x, which
 * wants a real folder: links to the inputs below `/scratch`. Writes `{validator, version, findings, summary}`.
 * Exit status 0 also for an invalid dataset: what the findings mean is for checks to say.
 */
export const run: EmbeddedTool = async (argv, io) => {
  const flags = readFlags(argv.slice(1), {
    '--dataset': 'value',
    '--report': 'value',
    '--ignore-nifti-headers': 'flag',
  });
  const folder = linkDataset(flags.required('--dataset'), io);
  const { default: validator } = createRequire(import.meta.url)(io.assetPath('index.cjs')) as {
    default: Validator;
  };
  const options = { verbose: true, ignoreNiftiHeaders: flags.has('--ignore-nifti-headers') };
  const answer = await new Promise<{ issues: unknown; summary: unknown }>((resolve) => {
    validator.BIDS(folder, options, (issues, summary) => resolve({ issues, summary }));
  });
  // Evidence may quote paths: the place of the links is of no interest and differs from run to run.
  const issues = withoutPath(answer.issues, folder);
  const { name, version } = packageOf(io.assetPath('index.cjs'));
  const report = {
    validator: name,
    version,
    findings: validatorFindings(issues).sort(bySeverityAndPlace),
    summary: summaryOf(answer.summary),
  };
  writeFileSync(io.writePath(flags.required('--report')), `${JSON.stringify(report, undefined, 1)}\n`);
  return 0;
};

function linkDataset(toolPath: string, io: ToolIo): string {
  const folder = io.writePath('/scratch/dataset');
  const made = new Set<string>();
  mkdirSync(folder);
  for (const input of io.inputsBelow(toolPath)) {
    const link = join(folder, input.toolPath.slice(toolPath.length));
    const parent = dirname(link);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    symlinkSync(input.hostPath, link);
  }
  return folder;
}

function withoutPath(issues: unknown, folder: string): unknown {
  const quoted = JSON.stringify(folder).slice(1, -1);
  const text = JSON.stringify(issues, (key, value: unknown) => (key === 'stats' ? undefined : value));
  return JSON.parse(text.replaceAll(quoted, '')) as unknown;
}

function packageOf(file: string): { name: string; version: string } {
  return JSON.parse(readFileSync(join(dirname(file), 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
}

/** The order of the validator follows the file system: sorted, the same dataset gives the same bytes. */
function bySeverityAndPlace(a: Finding, b: Finding): number {
  const [left, right] = [a, b].map((finding) =>
    [finding.severity, finding.code, finding.place?.file ?? '', finding.message].join('\0'),
  ) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Counts and kinds; what the validator repeats of the participants themselves is left out. */
function summaryOf(summary: unknown): Record<string, unknown> {
  const all = (summary ?? {}) as Record<string, unknown>;
  const count = (key: string): number => (Array.isArray(all[key]) ? all[key].length : 0);
  const list = (key: string): string[] => (Array.isArray(all[key]) ? all[key].map(String).sort() : []);
  return {
    subjects: count('subjects'),
    sessions: count('sessions'),
    tasks: list('tasks'),
    modalities: list('modalities'),
    files: typeof all['totalFiles'] === 'number' ? all['totalFiles'] : 0,
    bytes: typeof all['size'] === 'number' ? all['size'] : 0,
  };
}
