import { statfs } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { settingTable, type SettingName } from '../../config/settings.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import { bytes, table } from '../render.js';

interface EnvironmentReport {
  readonly name: string;
  readonly usable: boolean;
  readonly runtime?: string;
  readonly digest?: string;
  readonly reason?: string;
  readonly remedy?: string;
}

/** What this machine can run today, what each missing environment lacks, and what to do about it. */
export async function run({ io, app, cwd, version }: CommandContext): Promise<number> {
  const disk = await statfs(cwd);
  const { environments, findings } = await app.environments();
  const { skills } = await app.skills();
  const { pipelines } = await app.pipelines();
  const runtimes = await app.runtimes();
  const reports: EnvironmentReport[] = [];
  /** Environments that are not available -> one that takes their place for the skills whose packages it has. */
  const standIns = new Map<string, string>();
  for (const environment of environments.values()) {
    try {
      const { identity } = await runtimes.open(environment);
      reports.push({
        name: environment.name,
        usable: true,
        runtime: identity.runtime,
        digest: identity.digest,
      });
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      reports.push({ name: environment.name, usable: false, reason: error.message, remedy: error.hint });
    }
  }
  for (const report of reports.filter((one) => !one.usable)) {
    const other = [...environments.values()].find(
      (one) =>
        one.stands_in_for.includes(report.name) &&
        reports.some((candidate) => candidate.name === one.name && candidate.usable),
    );
    if (other !== undefined) standIns.set(report.name, other.name);
  }
  const usable = new Set(reports.filter((report) => report.usable).map((report) => report.name));
  const pipelineReports = [...pipelines.values()].map((pipeline) => {
    const contracts = pipeline.steps.flatMap((step) => skills.get(step.skill ?? '')?.contract ?? []);
    const lacking = contracts.filter(({ environment, python, executables }) => {
      if (usable.has(environment)) return false;
      const instead = environments.get(standIns.get(environment) ?? '');
      return (
        instead === undefined ||
        !python.every((name) => instead.python.includes(name)) ||
        !executables.every((name) => instead.executables.includes(name))
      );
    });
    const missing = [...new Set(lacking.map(({ environment }) => environment))];
    return { pipeline: pipeline.id, usable: missing.length === 0, missing };
  });
  const machine = {
    version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpus: cpus().length,
    memory: totalmem(),
    free_disk: disk.bavail * disk.bsize,
  };
  const model = await modelReport(app);
  const settings = (Object.keys(settingTable) as SettingName[]).map((name) => ({
    name,
    value: app.settings.values[name] ?? null,
    from: app.settings.sources[name],
  }));
  if (io.json) {
    io.data({
      machine,
      environments: reports.map((report) => ({ ...report, stand_in: standIns.get(report.name) ?? null })),
      pipelines: pipelineReports,
      model,
      settings,
      findings,
    });
    return 0;
  }
  io.line(
    `neuroclaw ${version}, node ${machine.node}, ${machine.platform}, ${machine.cpus} cpus, ${bytes(machine.memory)} memory, ${bytes(machine.free_disk)} free here`,
  );
  io.line(`\n${io.style('bold', 'environments')}`);
  for (const report of reports) {
    const mark = report.usable ? io.style('green', 'ok     ') : io.style('yellow', 'missing');
    const instead = standIns.get(report.name);
    if (instead !== undefined)
      io.line(
        `  ${mark} ${report.name}  ${instead} takes its place for skills whose packages it has; ${report.reason}`,
      );
    else
      io.line(
        `  ${mark} ${report.name}  ${report.usable ? `${report.runtime} ${report.digest?.slice(0, 12)}` : `${report.reason}; to do: ${report.remedy}`}`,
      );
  }
  io.line(`\n${io.style('bold', 'pipelines')}`);
  for (const { pipeline, usable: ready, missing } of pipelineReports) {
    io.line(
      `  ${ready ? io.style('green', 'ready  ') : io.style('yellow', 'not yet')} ${pipeline}${ready ? '' : `  needs ${missing.join(', ')}`}`,
    );
  }
  io.line(`\n${io.style('bold', 'language model')}`);
  io.line(`  ${tellModel(model)}`);
  io.line(`\n${io.style('bold', 'settings')}`);
  for (const line of table(
    settings.map(({ name, value, from }) => [
      `  ${name}`,
      String(value === null || (Array.isArray(value) && value.length === 0) ? '-' : value),
      from,
    ]),
  )) {
    io.line(line);
  }
  return 0;
}

interface ModelReport {
  readonly name: string;
  /** Where prompts go. */
  readonly address?: string;
  readonly shares: readonly string[];
  /** Why it cannot be asked. */
  readonly reason?: string;
}

/** The model that is set, without asking it anything; null: none is. */
async function modelReport(app: CommandContext['app']): Promise<ModelReport | null> {
  const { model, modelShares: shares } = app.settings.values;
  if (model === undefined) return null;
  try {
    const opened = await app.model();
    return opened === undefined ? null : { name: opened.name, address: opened.address, shares };
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    return { name: model, shares, reason: error.message };
  }
}

function tellModel(model: ModelReport | null): string {
  if (model === null) return 'none: plans are made by rules, and nothing leaves this machine';
  if (model.reason !== undefined) return `${model.name} cannot be asked: ${model.reason}`;
  const shared =
    model.shares.length === 0 ? '' : `, with ${model.shares.join(', ')} of the data (model_shares)`;
  return `${model.name}: prompts go to ${model.address ?? ''}${shared}`;
}
