import { statfs } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import type { Readiness } from '../../app/readiness.js';
import { settingTable, type SettingName } from '../../config/settings.js';
import { errorClasses } from '../../kernel/error-codes.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { bytes, table } from '../render.js';

/**
 * What this machine can run today, what each pipeline lacks, and the one command that comes next. Fails where a pipeline
 * that is named is not ready, or none is.
 */
export async function run(
  { io, app, cwd, version }: CommandContext,
  names: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const disk = await statfs(cwd);
  const { machineState, installedParts, readinessOf } = await import('../../app/machine-state.js');
  const [machine, installed, { pipelines }, { findings }] = await Promise.all([
    machineState(app),
    installedParts(app),
    app.pipelines(),
    app.environments(),
  ]);
  for (const name of names)
    if (!pipelines.has(name)) {
      const near = nearest(name, pipelines.keys());
      throw new NeuroClawError(
        'pipeline.unknown',
        `there is no pipeline ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
      );
    }
  const asked = names.length === 0 ? [...pipelines.keys()] : names;
  const readiness = asked
    .flatMap((id) => pipelines.get(id) ?? [])
    .map((pipeline) => readinessOf(pipeline, machine, installed));
  const next = nextCommand(readiness);
  const model = await modelReport(app);
  const facts = {
    version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpus: cpus().length,
    memory: totalmem(),
    free_disk: disk.bavail * disk.bsize,
  };
  const ready = readiness.filter((one) => one.ready);
  const good = names.length === 0 ? ready.length > 0 : ready.length === readiness.length;
  const code = good ? 0 : errorClasses.preflight.exit;
  const settings = (Object.keys(settingTable) as SettingName[]).map((name) => ({
    name,
    value: app.settings.values[name] ?? null,
    from: app.settings.sources[name],
  }));
  if (io.json) {
    io.data({
      machine: facts,
      engine: machine.engine,
      gpu_driver: machine.gpuDriver,
      environments: [...machine.environments].map(([name, state]) => ({ name, ...state })),
      licences: Object.fromEntries(machine.licenses),
      pipelines: readiness,
      next: next ?? null,
      model,
      settings,
      findings,
    });
    return code;
  }
  io.line(
    `neuroclaw ${version}, node ${facts.node}, ${facts.platform}, ${facts.cpus} cpus, ${bytes(facts.memory)} memory, ${bytes(facts.free_disk)} free here`,
  );
  const { engine } = machine;
  io.line(
    engine.usable
      ? `container engine ${engine.name} ${engine.version}, ${engine.gpu ? 'with GPUs' : 'without GPUs'}`
      : `no container engine: ${engine.reason}`,
  );
  if (names.length === 0) {
    io.line(`\n${io.style('bold', 'environments')}`);
    const rows = [...machine.environments].map(([name, state]) => [
      `  ${state.usable ? io.style('green', 'ok     ') : io.style('yellow', 'missing')}`,
      name,
      state.usable ? `${state.runtime} ${state.digest.slice(0, 12)}` : state.reason,
    ]);
    for (const line of table(rows)) io.line(line);
    for (const [name, reason] of machine.licenses) io.line(`  licence of ${name}: ${reason}`);
  }
  io.line(`\n${io.style('bold', 'pipelines')}`);
  for (const line of table(readiness.map((one) => rowOf(one, io)))) io.line(line.trimEnd());
  io.line(`\n${ready.length} of ${readiness.length} pipelines are ready`);
  if (next !== undefined)
    io.line(
      `next: ${io.style('bold', next.command)}  (for ${next.pipelines.join(', ')})${next.note === undefined ? '' : `; ${next.note}`}`,
    );
  if (names.length > 0) return code;
  io.line(`\n${io.style('bold', 'language model')}`);
  io.line(`  ${tellModel(model)}`);
  io.line(`\n${io.style('bold', 'settings')}`);
  const changed = settings.filter(({ from }) => options['all'] === true || from !== 'default');
  if (changed.length === 0) io.line('  all as by default (--all lists them)');
  for (const line of table(
    changed.map(({ name, value, from }) => [
      `  ${name}`,
      String(value === null || (Array.isArray(value) && value.length === 0) ? '-' : value),
      from,
    ]),
  ))
    io.line(line);
  return code;
}

function rowOf({ pipeline, ready, missing, optional, command }: Readiness, io: Io): string[] {
  const lacks = missing.map(({ kind, name }) => (kind === 'environment' ? name : `${kind} (${name})`));
  const more = optional.map(({ kind, name }) => (kind === 'environment' ? name : `${kind} (${name})`));
  return [
    `  ${ready ? io.style('green', 'ready  ') : io.style('yellow', 'not yet')}`,
    pipeline,
    ready
      ? more.length === 0
        ? ''
        : `some of its parameters need ${more.join(', ')}`
      : `missing ${lacks.join(', ')}`,
    command ?? '',
  ];
}

/** The command that most pipelines wait for, and which they are. */
function nextCommand(
  readiness: readonly Readiness[],
): { command: string; note?: string; pipelines: string[] } | undefined {
  const waiting = new Map<string, { command: string; note?: string; pipelines: string[] }>();
  for (const { pipeline, command, note } of readiness) {
    if (command === undefined) continue;
    const one = waiting.get(command) ?? { command, ...(note === undefined ? {} : { note }), pipelines: [] };
    one.pipelines.push(pipeline);
    waiting.set(command, one);
  }
  return [...waiting.values()].sort((a, b) => b.pipelines.length - a.pipelines.length)[0];
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
